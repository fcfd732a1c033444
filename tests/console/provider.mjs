// A certified OpenID Connect provider (npm: oidc-provider) for one client and one person. It asks nobody for a password.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, back, client, secret, email, verified, inToken] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: client, client_secret: secret, redirect_uris: [back], grant_types: ["authorization_code"], response_types: ["code"] }],
  pkce: { required: () => true },
  claims: { openid: ["sub"], email: ["email", "email_verified"] },
  conformIdTokenClaims: inToken !== "true",
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ["a test"] },
  async findAccount(ctx, id) {
    return { accountId: id, claims: async () => ({ sub: id, email, email_verified: verified === "true" }) };
  },
});
createServer(provider.callback()).listen(Number(port), "127.0.0.1", () => console.log("listening"));
