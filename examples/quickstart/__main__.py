"""Declares three recording links: one with only a domain, one with every field, one on a domain that is looked up."""

import pulumi

import pulumi_userplane as userplane

# `pulumi config set title "…"` changes only this field of one link.
title = pulumi.Config().get("title", "Show us what went wrong")

minimal = userplane.RecordingLink("minimal", domain_id="dom_help")

complete = userplane.RecordingLink(
    "complete",
    domain_id="dom_help",
    project_id="prj_onboarding",
    link_title=title,
    link_reusable=True,
    link_provider_type="zendesk",
    link_provider_id="4711",
    link_provider_ref="https://acme.example/tickets/4711",
    meta={"team": "checkout", "source": "quickstart"},
)

app = userplane.get_domain(url="app.acme.example")
found = userplane.RecordingLink("found", domain_id=app.domain_id, link_title="Report a problem in the app")

pulumi.export("minimal", minimal.link_url)
pulumi.export("complete", complete.link_url)
pulumi.export("found", found.link_url)
