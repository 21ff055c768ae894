"""Adopts three links that people created in the dashboard. Remove each `adopt=` line after the first `up`."""

import pulumi

import pulumi_userplane as userplane

help_center = userplane.get_domain(url="help.acme.example")
app = userplane.get_domain(url="app.acme.example")
onboarding = userplane.get_project(title="Onboarding")

checkout = userplane.RecordingLink(
    "checkout",
    domain_id=help_center.domain_id,
    link_title="Help with checkout",
    link_reusable=True,
    link_provider_type="zendesk",
    adopt="lnk_checkout",
    opts=pulumi.ResourceOptions(protect=True),
)

refunds = userplane.RecordingLink(
    "refunds",
    domain_id=help_center.domain_id,
    project_id=onboarding.project_id,
    link_title="Refunds and returns",
    adopt="https://dash.userplane.io/acme/links/lnk_refunds",
    opts=pulumi.ResourceOptions(protect=True),
)

crash = userplane.RecordingLink(
    "crash",
    domain_id=app.domain_id,
    link_title="Show us the crash",
    adopt="https://app.acme.example/record?session=crash",
    opts=pulumi.ResourceOptions(protect=True),
)

pulumi.export("checkout", checkout.link_url)
pulumi.export("refunds", refunds.link_url)
pulumi.export("crash", crash.link_url)
