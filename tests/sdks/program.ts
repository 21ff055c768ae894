// Each look-up and what is wrong; docs/snippets/index.ts has the rest.
import * as pulumi from "@pulumi/pulumi";
import * as userplane from "pulumi-userplane";

const link = new userplane.RecordingLink("crash", {
    domainId: userplane.getDomainsOutput({ status: "verified" }).domains[0].domainId,
    projectId: userplane.getProjectOutput({ default: true }).projectId,
    linkProviderType: userplane.LinkProviderType.ZohoDesk,
    mark: "",
}, { aliases: [{ type: "pulumi-python:dynamic/userplane:RecordingLink" }] });
export const creator: pulumi.Output<string> = link.creator.workspaceMemberId;
export const reference: pulumi.Output<string | undefined> = link.linkProviderRef;

const other = userplane.RecordingLink.get("other", "rec_1", { workspaceId: "ws_1" });
export const texts: pulumi.Output<string>[] = [
    userplane.getRecordingLinkOutput({ linkId: other.linkId }).linkUrl,
    userplane.getRecordingLinksOutput({ createdBy: [creator] }).links[0].linkId,
    userplane.getProjectsOutput().projects[0].projectId,
    userplane.getWorkspacesOutput().workspaces[0].workspaceId,
    userplane.getMembersOutput().members[0].workspaceMemberId,
    userplane.getUserOutput().id,
];
export const now: Promise<userplane.GetDomainResult> = userplane.getDomain({ domainId: "dom_1" });
export const workspace: string | undefined = userplane.config.workspaceId;

// @ts-expect-error: a link needs a domain
new userplane.RecordingLink("no-domain", {});
// @ts-expect-error: an argument that does not exist
new userplane.RecordingLink("misspelt", { domainId: "dom_1", title: "Help" });
// @ts-expect-error: an output is not an argument
new userplane.RecordingLink("output", { domainId: "dom_1", linkUrl: "https://help.acme.example/1" });
// @ts-expect-error: a setting that does not exist
new userplane.Provider("acme", { key: "key" });
