"""Scripted encounters: scenes whose outcome is known if nobody reacts, played one after another at many sites."""
