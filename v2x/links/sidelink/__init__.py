"""PC5 as geometry and scheduling decide it: who hears whom how well, and who takes which resource."""
