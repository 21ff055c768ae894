using System.Collections.Generic;
using Pulumi;
using Userplane = Pulumi.Userplane;

return await Deployment.RunAsync(() =>
{
    var acme = new Userplane.Provider("acme", new()
    {
        ApiKey = new Config().RequireSecret("acmeKey"),
    });

    var domain = Userplane.GetDomain.Invoke(new()
    {
        Url = "help.acme.example",
    }, new InvokeOptions { Provider = acme });

    var help = new Userplane.RecordingLink("help", new()
    {
        DomainId = domain.Apply(found => found.DomainId),
        LinkTitle = "Help",
        LinkReusable = true,
        LinkProviderType = "zendesk",
        Meta = { { "team", "support" } },
    }, new CustomResourceOptions { Provider = acme });

    return new Dictionary<string, object?>
    {
        ["address"] = help.LinkUrl,
    };
});
