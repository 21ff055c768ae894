// Each look-up and what is wrong; docs/snippets/main.go has the rest.
package main

import (
	"example.com/pulumi-userplane/sdk/go/userplane"
	"example.com/pulumi-userplane/sdk/go/userplane/config"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		domains := userplane.GetDomainsOutput(ctx, userplane.GetDomainsOutputArgs{Status: pulumi.String("verified")})
		project := userplane.GetProjectOutput(ctx, userplane.GetProjectOutputArgs{Default: pulumi.Bool(true)})
		link, err := userplane.NewRecordingLink(ctx, "crash", &userplane.RecordingLinkArgs{
			DomainId:         domains.Domains().Index(pulumi.Int(0)).DomainId(),
			ProjectId:        project.ProjectId(),
			LinkProviderType: userplane.LinkProviderTypeZohoDesk,
			Mark:             pulumi.String(""),
		})
		if err != nil {
			return err
		}
		var reference pulumi.StringPtrOutput = link.LinkProviderRef
		ctx.Export("reference", reference)
		workspace := pulumi.String(config.GetWorkspaceId(ctx))
		state := &userplane.RecordingLinkState{WorkspaceId: workspace}
		other, err := userplane.GetRecordingLink(ctx, "other", pulumi.ID("rec_1"), state)
		if err != nil {
			return err
		}
		found := userplane.LookupRecordingLinkOutput(ctx, userplane.LookupRecordingLinkOutputArgs{LinkId: other.LinkId})
		links := userplane.GetRecordingLinksOutput(ctx, userplane.GetRecordingLinksOutputArgs{
			CreatedBy: pulumi.StringArray{link.Creator.WorkspaceMemberId()},
		})
		projects := userplane.GetProjectsOutput(ctx, userplane.GetProjectsOutputArgs{})
		members := userplane.GetMembersOutput(ctx, userplane.GetMembersOutputArgs{WorkspaceId: workspace})
		first := pulumi.Int(0)
		ctx.Export("texts", pulumi.StringArray{
			found.LinkUrl(),
			links.Links().Index(first).LinkId(),
			projects.Projects().Index(first).ProjectId(),
			userplane.GetWorkspacesOutput(ctx).Workspaces().Index(first).WorkspaceId(),
			members.Members().Index(first).WorkspaceMemberId(),
			userplane.GetUserOutput(ctx).Id(),
		})
		_ = userplane.RecordingLinkArgs{Title: pulumi.String("Help")}           // wrong: does not exist
		_ = userplane.RecordingLinkArgs{LinkUrl: pulumi.String("https://help")} // wrong: an output is not an argument
		_ = userplane.ProviderArgs{Key: pulumi.String("key")}                   // wrong: a setting that does not exist
		return nil
	})
}
