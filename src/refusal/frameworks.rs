//! Frameworks and their middleware: logins, host checks, CSRF checks, pages.

use super::Sign::{Body, BodyIs, Header, HeaderHas, LoginPlace, NoBody, Page};
use super::{CLIENT, Refusal, Row, row};

const PUBLIC: &str = "exempt the webhook's route from the login: a sender has no session, and the signature proves it";

/// In the order in which they are tried.
pub(super) static ROWS: &[Row] = &[
    row(
        "clerk",
        300..=499,
        &[
            &[HeaderHas("x-clerk-auth-reason", "protect-rewrite")],
            &[HeaderHas("x-clerk-auth-status", "signed-out"), NoBody],
            &[HeaderHas("x-clerk-auth-status", "signed-out"), LoginPlace],
            &[HeaderHas("x-clerk-auth-status", "handshake"), Header("location")],
        ],
        "Clerk's middleware refuses who is not signed in",
        "make the webhook's route public in clerkMiddleware (createRouteMatcher), or leave it out of its matcher",
    ),
    row(
        "host-check-vite",
        403..=403,
        &[&[Body("blocked request. this host (")]],
        "Vite's host check does not know this host",
        "add the host to server.allowedHosts in vite.config.js (preview.allowedHosts for vite preview)",
    ),
    row(
        "host-check-webpack",
        200..=403,
        &[&[BodyIs("invalid host header")], &[BodyIs("invalid host/origin header")]],
        "the server's host check does not know this host",
        "allow it: allowedHosts in the dev server's settings (webpack), allowed_hosts of TrustedHostMiddleware (Starlette, \
         FastAPI)",
    ),
    row(
        "host-check-django",
        400..=400,
        &[
            &[Body("disallowedhost")],
            &[Body("invalid http_host header")],
            // The page that is shown without DEBUG.
            &[Page, Body("<title>bad request (400)</title>"), Body("<h1>bad request (400)</h1>")],
        ],
        "Django's host check refuses the request before the view runs",
        "add the host to ALLOWED_HOSTS; Django's log names it",
    ),
    row(
        "host-check-rails",
        403..=403,
        &[&[Body("blocked host: ")], &[Body("blocked hosts: ")], &[Body("config.hosts <<")]],
        "Rails' host check does not know this host",
        "add it to config.hosts in config/environments/development.rb",
    ),
    row(
        "host-check-iis",
        400..=404,
        &[&[Body("bad request - invalid hostname")], &[Body("the request hostname is invalid")]],
        "the host check of IIS, IIS Express or ASP.NET Core does not know this host",
        "add a binding for the host, or have the tunnel rewrite it (ngrok http --host-header=rewrite PORT)",
    ),
    row(
        "csrf-django",
        403..=403,
        &[&[Body("csrf verification failed")]],
        "Django's CSRF check refuses the request before the view runs",
        "put @csrf_exempt on the webhook's view",
    ),
    row(
        "csrf-laravel",
        419..=419,
        &[&[Body("csrf token mismatch")], &[Body("page expired")], &[NoBody]],
        "Laravel's CSRF check refuses the request before the controller runs",
        "exempt the path (validateCsrfTokens(except: [...]) in bootstrap/app.php), or put it in routes/api.php",
    ),
    row(
        "csrf-rails",
        CLIENT,
        &[
            &[Body("invalidauthenticitytoken")],
            &[Body("can't verify csrf token authenticity")],
            &[Body("can&#39;t verify csrf token authenticity")],
            &[Page, Body("the change you wanted was rejected (422)")],
        ],
        "Rails' CSRF check refuses the request before the action runs",
        "put skip_before_action :verify_authenticity_token on the webhook's action",
    ),
    row(
        "csrf-origin",
        403..=403,
        &[&[Body("cross-site post form submissions are forbidden")], &[Body("cross-site post requests are forbidden")]],
        "the framework's CSRF check (SvelteKit, Astro) refuses forms that come from elsewhere",
        "trust them: csrf.trustedOrigins or csrf.checkOrigin in svelte.config.js, security.checkOrigin in astro.config",
    ),
    row(
        "csrf",
        CLIENT,
        &[
            &[Body("csrf token is missing")],
            &[Body("csrf session token is missing")],
            &[Body("csrf token missing")],
            &[Body("csrf token invalid")],
            &[Body("csrf cookie not set")],
            &[Body("invalid csrf")],
            &[Body("ebadcsrftoken")],
            &[BodyIs("[\"bad csrf\"]")],
            &[Body("could not verify the provided csrf token")],
            &[Body("csrf token mismatch")],
        ],
        "a CSRF check refuses the request before the handler runs",
        "exempt the webhook's route from the check: the signature proves the sender",
    ),
    row(
        "login-rails",
        401..=403,
        &[&[Body("you need to sign in or sign up before continuing")]],
        "Devise asks for a login before the action runs",
        PUBLIC,
    ),
    row(
        "login-laravel",
        401..=401,
        &[&[BodyIs(r#"{"message":"unauthenticated."}"#)]],
        "Laravel's auth middleware refuses who is not logged in",
        PUBLIC,
    ),
    row(
        "login-django",
        401..=403,
        &[&[Body("authentication credentials were not provided.")]],
        "Django REST framework asks for a login before the view runs",
        "set authentication_classes = [] and permission_classes = [AllowAny] on the webhook's view",
    ),
    row(
        "login-fastapi",
        401..=403,
        &[&[BodyIs(r#"{"detail":"not authenticated"}"#), HeaderHas("www-authenticate", "bearer")]],
        "a dependency of FastAPI asks for a bearer token before the handler runs",
        PUBLIC,
    ),
    row(
        "login-wordpress",
        401..=403,
        &[&[Body("\"code\":\"rest_forbidden\"")], &[Body("\"code\":\"rest_not_logged_in\"")]],
        "WordPress refuses who is not logged in before the route's callback runs",
        "register the webhook's route with 'permission_callback' => '__return_true'",
    ),
];

/// Pages, which are told where nothing else is known.
pub(super) static PAGES: &[Row] = &[
    row(
        "login-page",
        401..=403,
        &[&[Page, Body("type=\"password\"")], &[Page, Body("type='password'")], &[Page, Body("type=password")]],
        "a login page answers",
        PUBLIC,
    ),
    Row {
        refusal: Refusal {
            code: "html-page",
            told: "an HTML page came back, as a login wall, a proxy or a single-page app sends it and a webhook's handler \
                   rarely does",
            hint: "see whose page it is (-v shows it), and whether the path is that of the handler",
            is_certain: false,
        },
        statuses: 401..=403,
        signs: &[&[Page, Body("<script")], &[Page, Body("<form")]],
    },
    Row {
        refusal: Refusal {
            code: "html-page",
            told: "an HTML page came back with a success: it may be the site's own page, and the handler was never run",
            hint: "see whose page it is (-v shows it), and whether the path is that of the handler",
            is_certain: false,
        },
        statuses: 200..=299,
        signs: &[&[Page]],
    },
];
