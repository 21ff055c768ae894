import * as pulumi from "@pulumi/pulumi";
import * as userplane from "pulumi-userplane";

/** The recording links of one team. */
class TeamLinks extends pulumi.ComponentResource {
    /** The address of each link, by the link's name. */
    readonly urls: Record<string, pulumi.Output<string>> = {};

    constructor(team: string, links: Record<string, userplane.RecordingLinkArgs>) {
        super("example:index:TeamLinks", team);
        for (const [name, args] of Object.entries(links)) {
            this.urls[name] = new userplane.RecordingLink(`${team}-${name}`, args, { parent: this }).linkUrl;
        }
        this.registerOutputs();
    }
}

const helpCenter = userplane.getDomainOutput({ url: "help.acme.example" });
const onboarding = userplane.getProjectOutput({ title: "Onboarding" });

const payments = new TeamLinks("payments", {
    checkout: {
        domainId: helpCenter.domainId,
        linkTitle: "Help with checkout",
        linkReusable: true,
        linkProviderType: "zendesk",
        meta: { team: "payments" },
    },
    refunds: {
        domainId: helpCenter.domainId,
        projectId: onboarding.projectId,
        linkTitle: "Refunds and returns",
    },
});

export const urls = payments.urls;
