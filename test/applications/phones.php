<?php
// Files for devices by PHP-FPM: PATH_INFO says which.
$path = $_SERVER['PATH_INFO'] ?? '/';

if (preg_match('~^/SEP([0-9A-F]{12})\.cnf\.xml$~i', $path, $found)) {
    header('Content-Type: text/xml');
    echo '<device><mac>', strtolower($found[1]), "</mac></device>\n";
} elseif ($path === '/switch.cfg') {
    header('Content-Type: text/plain');
    echo 'hostname ', $_GET['name'], "\nvlan ", $_GET['vlan'], "\n";
} elseif ($path === '/firmware.bin') {
    header('Content-Type: application/octet-stream');
    for ($i = 0; $i < 102400; $i++) echo chr(($i * 7 + ($i >> 8)) & 255);
} elseif ($path === '/empty') {
    header('Content-Type: text/plain');
} elseif ($path === '/slow.cfg') {
    header('Content-Type: text/plain');
    sleep(2);
    echo "slow\n";
} else {
    http_response_code(404);
}
