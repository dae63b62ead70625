<?php
// A superfolio receiver in plain PHP, written after the verification steps of superfolio's webhook page.
// `php -S 127.0.0.1:PORT receiver.php` runs it for every request.

// A warning printed into the answer would send its head, and with it status 200, too early.
ini_set("display_errors", "stderr");

$path = parse_url($_SERVER["REQUEST_URI"], PHP_URL_PATH);
if ($_SERVER["REQUEST_METHOD"] !== "POST" || $path !== "/superfolio-webhook") {
    http_response_code(404);
    exit;
}

// $_ENV is empty under the php.ini that PHP recommends; getenv always works.
$secret = getenv("SUPERFOLIO_WEBHOOK_SECRET");
if ($secret === false || $secret === "") {
    // Anyone can sign with an empty key, so without a secret nothing is accepted.
    error_log("SUPERFOLIO_WEBHOOK_SECRET is not set");
    http_response_code(500);
    exit;
}

$rawBody = file_get_contents("php://input");
$received = $_SERVER["HTTP_X_SUPERFOLIO_SIGNATURE"] ?? "";
if (!hash_equals(hash_hmac("sha256", $rawBody, $secret), $received)) {
    http_response_code(401);
    echo "Invalid signature";
    exit;
}

// What is signed may be no JSON all the same.
$payload = json_decode($rawBody, true);
if (!is_array($payload) || !isset($payload["event_type"])) {
    http_response_code(400);
    echo "Not an event";
    exit;
}
file_put_contents("php://stdout", "accepted {$payload['event_type']}\n");
http_response_code(200);
echo "ok";
