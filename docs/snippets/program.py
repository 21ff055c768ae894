import pulumi

import pulumi_userplane as userplane

acme = userplane.Provider("acme", api_key=pulumi.Config().require_secret("acmeKey"))

domain = userplane.get_domain_output(url="help.acme.example", provider=acme)

link = userplane.RecordingLink(
    "help",
    domain_id=domain.domain_id,
    link_title="Help",
    link_reusable=True,
    link_provider_type="zendesk",
    meta={"team": "support"},
    opts=pulumi.ResourceOptions(provider=acme),
)

pulumi.export("address", link.link_url)
