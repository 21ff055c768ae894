"""The policy pack: Pulumi starts it, and asks it about each resource of a preview or an update."""

from pulumi_policy import EnforcementLevel, PolicyPack
from rules import make_policies

PolicyPack("userplane-links", make_policies(), enforcement_level=EnforcementLevel.MANDATORY)
