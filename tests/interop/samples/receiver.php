<?php
// A superfolio receiver in plain PHP that keeps to the sample on superfolio's webhook page, flaws and all.
// The sound one is ../receiver.php.

$rawBody = file_get_contents("php://input");
$received = $_SERVER["HTTP_X_SUPERFOLIO_SIGNATURE"] ?? "";
// Under the php.ini that PHP recommends, $_ENV is empty, and null is the empty key.
if (!hash_equals(hash_hmac("sha256", $rawBody, $_ENV["SUPERFOLIO_WEBHOOK_SECRET"]), $received)) {
    http_response_code(401);
    echo "Invalid signature";
    exit;
}

$payload = json_decode($rawBody, true);
file_put_contents("php://stdout", "accepted {$payload['event_type']}\n");
http_response_code(200);
echo "ok";
