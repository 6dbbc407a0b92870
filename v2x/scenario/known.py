"""Names of plug-ins that a scenario may mention: text only, so that checking a scenario imports none of them."""

from __future__ import annotations

from v2x.registry import Registry

#: Applications a subject can run.
APPLICATIONS = Registry("v2x.applications", {"awareness": "v2x.stations.applications.awareness:Awareness"})
