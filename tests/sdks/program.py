"""Each look-up and what is wrong, with the SDK that Pulumi generates for Python."""

import pulumi
import pulumi_userplane_sdk as userplane

acme = userplane.Provider("acme", api_key=pulumi.Config().require_secret("acmeKey"))
opts = pulumi.InvokeOptions(provider=acme)
link = userplane.RecordingLink(
    "crash",
    domain_id=userplane.get_domain_output(url="help.acme.example", opts=opts).domain_id,
    project_id=userplane.get_project_output(default=True).project_id,
    link_provider_type=userplane.LinkProviderType.ZOHO_DESK,
    meta={"team": "support"},
    mark="",
    opts=pulumi.ResourceOptions(provider=acme),
)
reference: pulumi.Output[str | None] = link.link_provider_ref
other = userplane.RecordingLink.get("other", "rec_1", workspace_id="ws_1")
texts: list[pulumi.Output[str]] = [
    link.creator.workspace_member_id,
    userplane.get_recording_link_output(link_id=other.link_id).link_url,
    userplane.get_recording_links_output(created_by=["mem_1"]).links[0].link_id,
    userplane.get_domains_output(status="verified").domains[0].domain_id,
    userplane.get_projects_output().projects[0].project_id,
    userplane.get_workspaces_output().workspaces[0].workspace_id,
    userplane.get_members_output().members[0].workspace_member_id,
    userplane.get_user_output().id,
]
now: str = userplane.get_domain(domain_id="dom_1").url
pulumi.export("address", link.link_url)

userplane.RecordingLink("misspelt", domain_id="dom_1", title="Help")  # type: ignore[call-overload]
userplane.RecordingLink("output", domain_id="dom_1", link_url="https://help")  # type: ignore[call-overload]
userplane.RecordingLink("type", domain_id="dom_1", link_reusable="yes")  # type: ignore[call-overload]
userplane.Provider("acme", key="key")  # type: ignore[call-overload]
