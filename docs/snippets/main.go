package main

import (
	"example.com/pulumi-userplane/sdk/go/userplane"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		acme, err := userplane.NewProvider(ctx, "acme", &userplane.ProviderArgs{
			ApiKey: config.New(ctx, "").RequireSecret("acmeKey"),
		})
		if err != nil {
			return err
		}

		domain := userplane.GetDomainOutput(ctx, userplane.GetDomainOutputArgs{
			Url: pulumi.String("help.acme.example"),
		}, pulumi.Provider(acme))

		help, err := userplane.NewRecordingLink(ctx, "help", &userplane.RecordingLinkArgs{
			DomainId:         domain.DomainId(),
			LinkTitle:        pulumi.String("Help"),
			LinkReusable:     pulumi.Bool(true),
			LinkProviderType: pulumi.String("zendesk"),
			Meta:             pulumi.Map{"team": pulumi.String("support")},
		}, pulumi.Provider(acme))
		if err != nil {
			return err
		}

		ctx.Export("address", help.LinkUrl)
		return nil
	})
}
