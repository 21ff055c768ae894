import * as pulumi from "@pulumi/pulumi";
import * as userplane from "pulumi-userplane";

const acme = new userplane.Provider("acme", { apiKey: new pulumi.Config().requireSecret("acmeKey") });

const domain = userplane.getDomainOutput({ url: "help.acme.example" }, { provider: acme });

const help = new userplane.RecordingLink("help", {
    domainId: domain.domainId,
    linkTitle: "Help",
    linkReusable: true,
    linkProviderType: "zendesk",
    meta: { team: "support" },
}, { provider: acme });

export const address = help.linkUrl;
