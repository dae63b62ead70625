//! Hosting platforms, content delivery networks, gateways and tunnels.

use super::Sign::{Body, BodyIs, Header, HeaderBegins, HeaderHas, Page};
use super::{ANY, CLIENT, Row, row};

/// In the order in which they are tried: what names itself most exactly comes first.
pub(super) static ROWS: &[Row] = &[
    row(
        "https-expected",
        400..=400,
        &[
            &[Body("the plain http request was sent to https port")],
            &[Body("client sent an http request to an https server")],
            &[Body("speaking plain http to an ssl-enabled server port")],
        ],
        "the port speaks TLS and got plain HTTP",
        "give https:// in place of http://",
    ),
    row(
        "vercel-protection",
        300..=403,
        &[
            &[HeaderHas("set-cookie", "_vercel_sso_nonce")],
            &[HeaderHas("location", "vercel.com/sso-api")],
            &[HeaderHas("server", "vercel"), Body("<title>authentication required</title>")],
        ],
        "Vercel's deployment protection asks for a login",
        "in the project's settings under Deployment Protection exempt the deployment, use the production domain, or have \
         the sender add ?x-vercel-protection-bypass=SECRET to the address",
    ),
    row(
        "vercel-firewall",
        CLIENT,
        &[&[Header("x-vercel-mitigated")]],
        "Vercel's firewall challenges or denies the request",
        "let the sender pass in the project's Firewall rules: a webhook cannot solve a challenge",
    ),
    row(
        "vercel-no-deployment",
        ANY,
        &[&[HeaderHas("x-vercel-error", "not_found")], &[HeaderHas("x-vercel-error", "deployment_")]],
        "Vercel has no deployment or no route for this address",
        "correct the domain and the path, and see whether the deployment is there",
    ),
    row(
        "cloudflare-challenge",
        CLIENT,
        &[
            &[HeaderHas("cf-mitigated", "challenge")],
            &[HeaderHas("server", "cloudflare"), Body("<title>just a moment...</title>")],
        ],
        "Cloudflare's protection answers with a challenge for browsers",
        "skip challenges for the webhook's path by a WAF rule, since a sender runs no JavaScript; Bot Fight Mode knows no \
         exceptions, so switch it off",
    ),
    row(
        "cloudflare-access",
        300..=499,
        &[
            &[HeaderHas("location", "cloudflareaccess.com")],
            &[HeaderHas("location", "/cdn-cgi/access/")],
            &[HeaderHas("www-authenticate", "cloudflare-access")],
            &[Header("cf-access-domain"), HeaderHas("server", "cloudflare")],
        ],
        "Cloudflare Access asks for a login",
        "give the webhook's path a Bypass policy in Access",
    ),
    row(
        "cloudflare-block",
        400..=503,
        &[
            &[HeaderHas("server", "cloudflare"), Body("error code: 10")],
            &[HeaderHas("server", "cloudflare"), Body("attention required! | cloudflare")],
            &[HeaderHas("server", "cloudflare"), Body("you have been blocked")],
            &[HeaderHas("server", "cloudflare"), Body("you are being rate limited")],
        ],
        "Cloudflare's firewall blocks the request",
        "Security > Events in Cloudflare shows the rule by the Ray ID; let the webhook's path pass it",
    ),
    row(
        "cloudflare-origin",
        520..=530,
        &[&[HeaderHas("server", "cloudflare")]],
        "Cloudflare does not reach the server behind it",
        "see whether the server or the tunnel (cloudflared) runs; 525 and 526 are about its certificate, 530 with 1033 \
         about a tunnel that is down",
    ),
    row(
        "netlify-protection",
        300..=403,
        &[
            &[HeaderHas("server", "netlify"), Page, Body("password")],
            &[HeaderHas("location", "app.netlify.com"), HeaderHas("server", "netlify")],
        ],
        "Netlify's site protection asks for a password or a login",
        "switch it off for this deploy under Access control, or use an address that is not protected",
    ),
    row(
        "aws-waf",
        403..=405,
        &[&[Header("x-amzn-waf-action")]],
        "AWS WAF refuses or challenges the request",
        "let the webhook's path pass the web ACL; its sampled requests show the rule",
    ),
    row(
        "aws-load-balancer",
        ANY,
        &[&[HeaderBegins("server", "awselb/")]],
        "the AWS load balancer answers by itself",
        "403 comes from AWS WAF or a listener rule, 302 and 401 from its authentication, 502 and 503 from targets that are \
         not healthy",
    ),
    row(
        "aws-gateway",
        CLIENT,
        &[
            &[HeaderBegins("x-amzn-errortype", "missingauthenticationtoken")],
            &[HeaderBegins("x-amzn-errortype", "forbidden")],
            &[HeaderBegins("x-amzn-errortype", "unauthorized")],
            &[HeaderBegins("x-amzn-errortype", "accessdenied")],
            &[HeaderBegins("x-amzn-errortype", "incompletesignature")],
            &[HeaderBegins("x-amzn-errortype", "invalidsignature")],
            &[HeaderBegins("x-amzn-errortype", "wafdenied")],
            &[Header("apigw-requestid"), BodyIs(r#"{"message":"not found"}"#)],
        ],
        "AWS API Gateway or the function's URL refuses the request (IAM, authorizer, API key, or no such route)",
        "correct stage and path, and let the webhook's route do without an authorizer or API key (a function's URL: \
         AuthType NONE)",
    ),
    row(
        "aws-cloudfront",
        400..=599,
        &[&[Body("generated by cloudfront")]],
        "CloudFront answers by itself",
        "let the behaviour of this path allow POST, and see its WAF and whether the origin is reached",
    ),
    row(
        "azure-login",
        300..=403,
        &[
            &[Header("x-ms-middleware-request-id"), HeaderHas("www-authenticate", "bearer realm=")],
            &[HeaderHas("location", "/.auth/login/")],
            &[HeaderHas("location", "login.microsoftonline.com")],
            &[HeaderHas("location", "login.windows.net")],
        ],
        "Azure's authentication (Easy Auth) asks for a login",
        "exclude the webhook's path from authentication (excludedPaths), or allow unauthenticated requests",
    ),
    row(
        "azure-app-service",
        400..=503,
        &[
            &[Header("x-ms-forbidden-ip")],
            &[Body("this web app is stopped")],
            &[Body("you do not have permission to view this directory or page")],
        ],
        "Azure App Service refuses the request before the app sees it",
        "see the app's access restrictions, its authentication, and whether it runs",
    ),
    row(
        "azure-front-door",
        400..=599,
        &[
            &[Header("x-azure-ref"), Body("the request is blocked")],
            &[Header("x-azure-ref"), Body("our services aren't available right now")],
            &[Body("microsoft-azure-application-gateway")],
        ],
        "Azure Front Door or Application Gateway answers by itself",
        "its WAF log shows the rule by the X-Azure-Ref; exclude the webhook's path, and see whether the origin is healthy",
    ),
    row(
        "google-iap",
        300..=403,
        &[&[HeaderHas("x-goog-iap-generated-response", "true")], &[Body("invalid iap credentials")]],
        "Google's Identity-Aware Proxy asks for a login",
        "take the webhook's path out of IAP, by a backend service of its own",
    ),
    row(
        "google-cloud-run",
        400..=403,
        &[
            &[Body("your client does not have permission to get url")],
            &[Body("your client does not have permission to the requested url")],
        ],
        "Google Cloud does not let callers without a login invoke the service",
        "allow unauthenticated invocations (roles/run.invoker for allUsers)",
    ),
    row(
        "supabase-jwt",
        CLIENT,
        &[
            &[Body("\"unauthorized_no_auth_header\"")],
            &[Body("\"unauthorized_invalid_jwt")],
            &[BodyIs(r#"{"code":401,"message":"missing authorization header"}"#)],
            &[BodyIs(r#"{"msg":"error: missing authorization header"}"#)],
            &[BodyIs(r#"{"code":401,"message":"invalid jwt"}"#)],
        ],
        "Supabase's gateway asks for a JWT before the function runs",
        "deploy it with --no-verify-jwt, or set verify_jwt = false for it in config.toml",
    ),
    row(
        "kong",
        CLIENT,
        &[&[Body("no api key found in request")]],
        "the API gateway (Kong) asks for an API key",
        "take the webhook's route out of the key-auth plugin",
    ),
    row(
        "dev-tunnel",
        300..=403,
        &[
            &[HeaderBegins("www-authenticate", "tunnel")],
            &[HeaderHas("location", "/pf-signin")],
            &[HeaderHas("location", "/auth/postback/tunnel")],
        ],
        "the port of the Codespace or dev tunnel is private, so a login is asked for",
        "make the port public in the Ports view",
    ),
    row(
        "ngrok-offline",
        ANY,
        &[&[HeaderHas("ngrok-error-code", "err_ngrok_3200")], &[HeaderHas("ngrok-error-code", "err_ngrok_727")]],
        "ngrok's tunnel is offline",
        "start ngrok, and give the address that it shows now",
    ),
    row(
        "ngrok-upstream",
        ANY,
        &[&[HeaderHas("ngrok-error-code", "err_ngrok_80")], &[HeaderHas("ngrok-error-code", "err_ngrok_3004")]],
        "ngrok does not reach the receiver behind it",
        "start the receiver, and give ngrok its port and scheme",
    ),
    row(
        "ngrok-reminder",
        200..=599,
        &[&[HeaderHas("ngrok-error-code", "err_ngrok_6024")]],
        "ngrok shows its page for browsers in place of the receiver",
        "send another User-Agent, or -H 'ngrok-skip-browser-warning: 1'",
    ),
    row(
        "ngrok",
        ANY,
        &[&[Header("ngrok-error-code")]],
        "ngrok answers by itself",
        "https://ngrok.com/docs/errors tells the code of the Ngrok-Error-Code header",
    ),
    row(
        "localtunnel",
        200..=599,
        &[&[Header("x-localtunnel-status")], &[Page, Body("loca.lt"), Body("tunnel password")]],
        "localtunnel answers by itself: the tunnel is down, or it shows its reminder page",
        "start the tunnel again, or send -H 'Bypass-Tunnel-Reminder: 1'",
    ),
    row(
        "railway",
        ANY,
        &[&[HeaderHas("x-railway-fallback", "true")]],
        "Railway reaches no running service for this address",
        "see whether the service runs and listens on the port that Railway expects (PORT)",
    ),
    row(
        "render",
        ANY,
        &[
            &[HeaderHas("x-render-routing", "no-server")],
            &[HeaderHas("x-render-routing", "suspend")],
            &[HeaderHas("x-render-routing", "error")],
        ],
        "Render reaches no running service for this address",
        "see whether the service runs, is awake, and listens on the port that Render expects (PORT)",
    ),
    row(
        "heroku",
        ANY,
        &[&[Body("herokucdn.com/error-pages")]],
        "Heroku answers by itself: there is no such app, or it does not run",
        "heroku logs shows the error code (H10, H12, H14)",
    ),
];
