"""Declares a recording link on a domain of yours."""

import pulumi

import pulumi_userplane as userplane

config = pulumi.Config()

domain = userplane.get_domain(url=config.require("domain"))

link = userplane.RecordingLink(
    "report-a-problem",
    domain_id=domain.domain_id,
    link_title="Report a problem",
    link_reusable=True,
)

pulumi.export("link_url", link.link_url)
