"""Declares the links that this repository's workflows review, create and watch."""

import pulumi

import pulumi_userplane as userplane

help_center = userplane.get_domain(url="help.acme.example")

checkout = userplane.RecordingLink(
    "checkout",
    domain_id=help_center.domain_id,
    link_title="Help with checkout",
    link_reusable=True,
    meta={"team": "payments"},
)

refunds = userplane.RecordingLink(
    "refunds",
    domain_id=help_center.domain_id,
    link_title="Show us the refund",
    link_reusable=True,
    meta={"team": "payments"},
)

pulumi.export("checkout", checkout.link_url)
pulumi.export("refunds", refunds.link_url)
