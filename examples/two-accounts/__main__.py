"""Declares one link in the account of each of two companies, each with the company's own key."""

import pulumi

import pulumi_userplane as userplane

config = pulumi.Config()

acme = userplane.Provider("acme", api_key=config.require_secret("acmeKey"), workspace_id="ws_demo")
globex = userplane.Provider("globex", api_key=config.require_secret("globexKey"), workspace_id="ws_other")


def report_a_problem(company: str, account: userplane.Provider, address: str) -> userplane.RecordingLink:
    """Declares the company's link, on the domain with this address in the company's account."""
    # The key is a secret Output: the look-up waits for it, and Pulumi takes its result for a secret. The id is not one.
    domain = userplane.get_domain_output(url=address, provider=account)
    return userplane.RecordingLink(
        company,
        domain_id=pulumi.Output.unsecret(domain.apply(lambda known: known.domain_id)),
        link_title="Report a problem",
        link_reusable=True,
        opts=pulumi.ResourceOptions(provider=account),
    )


pulumi.export("acme", report_a_problem("acme", acme, "help.acme.example").link_url)
pulumi.export("globex", report_a_problem("globex", globex, "help.globex.example").link_url)
