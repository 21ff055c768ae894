// Declares a recording link in an account of its own, on a domain that the program looks up by its address.
package main

import (
	"example.com/pulumi-userplane/sdk/go/userplane"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		acme, err := userplane.NewProvider(ctx, "acme", &userplane.ProviderArgs{
			ApiKey:      config.RequireSecret(ctx, "acmeKey"),
			WorkspaceId: pulumi.String("ws_demo"),
		})
		if err != nil {
			return err
		}

		helpCenter := userplane.GetDomainOutput(ctx, userplane.GetDomainOutputArgs{
			Url: pulumi.StringPtr("help.acme.example"),
		}, pulumi.Provider(acme))

		link, err := userplane.NewRecordingLink(ctx, "report-a-problem", &userplane.RecordingLinkArgs{
			DomainId:         helpCenter.DomainId(),
			LinkTitle:        pulumi.String("Report a problem"),
			LinkReusable:     pulumi.Bool(true),
			LinkProviderType: pulumi.String("zendesk"),
			Meta:             pulumi.Map{"team": pulumi.String("support")},
		}, pulumi.Provider(acme))
		if err != nil {
			return err
		}

		ctx.Export("linkUrl", link.LinkUrl)
		return nil
	})
}
