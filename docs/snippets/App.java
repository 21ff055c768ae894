import com.pulumi.Pulumi;
import com.pulumi.deployment.InvokeOptions;
import com.pulumi.resources.CustomResourceOptions;
import com.pulumi.userplane.Provider;
import com.pulumi.userplane.ProviderArgs;
import com.pulumi.userplane.RecordingLink;
import com.pulumi.userplane.RecordingLinkArgs;
import com.pulumi.userplane.UserplaneFunctions;
import com.pulumi.userplane.inputs.GetDomainArgs;
import java.util.Map;

public class App {
    public static void main(String[] args) {
        Pulumi.run(ctx -> {
            var acme = new Provider("acme", ProviderArgs.builder()
                .apiKey(ctx.config().requireSecret("acmeKey"))
                .build());

            var domain = UserplaneFunctions.getDomain(
                GetDomainArgs.builder().url("help.acme.example").build(),
                InvokeOptions.builder().provider(acme).build());

            var help = new RecordingLink("help", RecordingLinkArgs.builder()
                .domainId(domain.applyValue(found -> found.domainId()))
                .linkTitle("Help")
                .linkReusable(true)
                .linkProviderType("zendesk")
                .meta(Map.of("team", "support"))
                .build(), CustomResourceOptions.builder().provider(acme).build());

            ctx.export("address", help.linkUrl());
        });
    }
}
