import java.util.List;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.sasl.Sasl;
import software.amazon.msk.auth.iam.IAMClientCallbackHandler;
import software.amazon.msk.auth.iam.IAMLoginModule;

/** What a Kafka client sends first to a broker of MSK when it logs in by IAM; needs credentials and no broker. */
class IamLogin {
  public static void main(String[] arguments) throws Exception {
    new IAMLoginModule();
    var module = IAMLoginModule.class.getName();
    var entry = new AppConfigurationEntry(module, AppConfigurationEntry.LoginModuleControlFlag.REQUIRED, Map.of());
    var handler = new IAMClientCallbackHandler();
    handler.configure(Map.of(), "AWS_MSK_IAM", List.of(entry));
    var host = "b-1.test.abcdef.c1.kafka.eu-west-1.amazonaws.com";
    var client = Sasl.createSaslClient(new String[] {"AWS_MSK_IAM"}, null, "kafka", host, Map.of(), handler);
    System.out.println(new String(client.evaluateChallenge(new byte[0])));
  }
}
