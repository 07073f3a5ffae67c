#!/usr/bin/env bats
# SPDX-License-Identifier: LGPL-2.1-or-later
# egress-clients.bats - programs as they are, with net.mode = "filtered"
#
# Each reaches what net.allow lists. To each another name is one that does not exist: it
# says what it says of a host that is missing, at once.

load egresslab.bash

bats_require_minimum_version 1.5.0

setup_file() {
	shop_begin
	mkdir -p "$LAB/shopper"
	printf "the first page" >"$LAB/shop/www/index.html"
}

teardown_file() {
	shop_down
}

# Whatever a failed test has left; by its number, and only if it is still ours.
teardown() {
	[ -z "${SERVER:-}" ] || kill "$SERVER" 2>/dev/null || true
}

has() {
	local name
	for name; do
		command -v "$name" >/dev/null || skip "$name is not installed"
	done
}

# inside COMMAND...: with the names of the shop, and /shopper
inside() {
	filtered "--net-allow=shop.test:22,80,443,5432 --net-allow=*.shop.test:443,5432 \
		--write=$LAB/shopper:/shopper --setenv=HOME=/shopper --chdir=/shopper ${OPTIONS:-}" "$@"
}

# missing "TEXT" COMMAND...: fails at once, behind what the program takes to begin, and says so
missing() {
	local text=$1 start=${EPOCHREALTIME/./} took
	shift
	inside "$@"
	took=$((${EPOCHREALTIME/./} - start))
	echo "took $took us"
	[ "$status" != 0 ]
	# shellcheck disable=SC2154 # set by run
	[[ "$output $stderr" == *"$text"* ]]
	[ $took -lt $((1000000 + ${BEGINS:-0})) ]
}

# begins COMMAND...: for programs that take long until they do anything: how long, at the most
begins() {
	local start=${EPOCHREALTIME/./}
	inside "$@"
	BEGINS=$(((${EPOCHREALTIME/./} - start) * 2))
}

@test "curl" {
	has curl
	inside curl -sS --cacert /ca.pem http://shop.test/ https://shop.test/host
	[ "$output" = "the first pageshop.test" ]
	missing "Could not resolve host: evil.test" curl -sS https://evil.test/
}

@test "wget" {
	has wget
	inside wget -qO- --ca-certificate=/ca.pem http://shop.test/ https://shop.test/host
	[ "$output" = "the first pageshop.test" ]
	missing "unable to resolve host address" wget -O- https://evil.test/
}

@test "openssl s_client" {
	has openssl
	inside sh -c 'printf "GET /host HTTP/1.0\r\nHost: a.shop.test\r\n\r\n" |
		openssl s_client -quiet -verify_return_error -CAfile /ca.pem -connect a.shop.test:443'
	[[ $output == *a.shop.test ]]
	missing "Name or service not known" openssl s_client -connect evil.test:443
}

# repository: a bare one with one commit
repository() {
	[ ! -d "$LAB/shop/git/tiny.git" ] || return 0
	git init -q --bare -b main "$LAB/shop/git/tiny.git"
	git clone -q "$LAB/shop/git/tiny.git" "$LAB/first" 2>/dev/null
	git -C "$LAB/first" -c user.name=a -c user.email=a@a.test commit -q --allow-empty -m first
	git -C "$LAB/first" push -q origin HEAD:main
}

@test "git over https" {
	has git
	repository
	inside git -c http.sslCAInfo=/ca.pem clone -q https://shop.test/git/tiny.git cloned
	[ "$status" = 0 ]
	inside sh -c 'cd cloned && head -c 3000000 /dev/urandom >file && git add file &&
		git -c user.name=a -c user.email=a@a.test commit -qm second &&
		git -c http.sslCAInfo=/ca.pem push -q origin HEAD:main'
	[ "$status" = 0 ]
	[ "$(git -C "$LAB/shop/git/tiny.git" log --format=%s main | tr '\n' ' ')" = "second first " ]
	missing "Could not resolve host: evil.test" git clone https://evil.test/git/tiny.git
}

@test "git over ssh" {
	has git ssh ssh-keygen
	sshd=$(PATH=$PATH:/usr/sbin command -v sshd) || skip "sshd is not installed"
	repository
	mkdir "$LAB/sshd"
	ssh-keygen -qt ed25519 -N '' -f "$LAB/sshd/host"
	ssh-keygen -qt ed25519 -N '' -f "$LAB/shopper/key"
	cat >"$LAB/sshd/config" <<-END
		ListenAddress 203.0.113.20
		ListenAddress 2001:db8:1::20
		HostKey $LAB/sshd/host
		AuthorizedKeysFile $LAB/shopper/key.pub
		PidFile none
		StrictModes no
		UsePAM no
	END
	on_internet "$sshd" -D -e -f "$LAB/sshd/config" >"$LAB/sshd/log" 2>&1 3>&- &
	SERVER=$!
	for _ in $(seq 50); do
		! grep -q listening "$LAB/sshd/log" || break
		sleep 0.1
	done
	ssh="ssh -i /shopper/key -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=/shopper/known"
	inside env GIT_SSH_COMMAND="$ssh" git clone -q \
		"ssh://$(id -un)@shop.test$LAB/shop/git/tiny.git" by-ssh
	cat "$LAB/sshd/log"
	[ "$status" = 0 ]
	inside git -C by-ssh log --format=%s
	[[ $output == *first ]]
	# shellcheck disable=SC2086
	missing "Could not resolve hostname evil.test" $ssh evil.test true
}

@test "python: urllib and requests" {
	inside env SSL_CERT_FILE=/ca.pem python3 -c '
import urllib.request
for url in "http://shop.test/", "https://shop.test/host":
    print(urllib.request.urlopen(url).read().decode())'
	[ "$output" = $'the first page\nshop.test' ]
	missing "urlopen error [Errno -2] Name or service not known" python3 -c '
import urllib.request
urllib.request.urlopen("https://evil.test/")'
	python3 -c 'import requests' 2>/dev/null || skip "requests, of python3, is not installed"
	inside env REQUESTS_CA_BUNDLE=/ca.pem python3 -c '
import requests
with requests.Session() as session:
    for url in "http://shop.test/", "https://shop.test/count", "https://shop.test/count":
        print(session.get(url).text)'
	[ "$output" = $'the first page\n1\n2' ]
	BEGINS=1000000 missing "Name or service not known" \
		python3 -c 'import requests; requests.get("https://evil.test/")'
}

@test "pip" {
	has pip3
	mkdir -p "$LAB/shop/www/simple/tiny"
	python3 - "$LAB/shop/www/simple/tiny" <<-'END'
		import sys, zipfile
		name = "tiny-1.0-py3-none-any.whl"
		with zipfile.ZipFile(f"{sys.argv[1]}/{name}", "w") as wheel:
		    wheel.writestr("tiny.py", "answer = 42\n")
		    about = "tiny-1.0.dist-info/"
		    wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
		    wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
		    wheel.writestr(about + "RECORD", "")
		with open(f"{sys.argv[1]}/index.html", "w") as page:
		    page.write(f'<!DOCTYPE html><a href="https://files.shop.test/simple/tiny/{name}">{name}</a>')
	END
	inside pip3 install -q --disable-pip-version-check --cert /ca.pem \
		--index-url https://shop.test/simple/ --target /shopper/pip tiny
	inside python3 -c 'import sys; sys.path.insert(0, "/shopper/pip"); import tiny; print(tiny.answer)'
	[ "$output" = 42 ]
	begins pip3 --version
	missing "Name or service not known" pip3 install --disable-pip-version-check --retries 1 \
		--index-url https://evil.test/simple/ --target /shopper/pip2 tiny
}

@test "npm" {
	has npm
	mkdir -p "$LAB/shop/www/npm" "$LAB/package" "$LAB/shopper/npm"
	printf '{"name":"tiny","version":"1.0.0"}' >"$LAB/package/package.json"
	tar -C "$LAB" -czf "$LAB/shop/www/npm/tiny-1.0.0.tgz" package
	sum=$(openssl dgst -sha512 -binary "$LAB/shop/www/npm/tiny-1.0.0.tgz" | base64 -w0)
	cat >"$LAB/shop/www/npm/tiny" <<-END
		{"name":"tiny","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"tiny",
		"version":"1.0.0","dist":{"tarball":"https://files.shop.test/npm/tiny-1.0.0.tgz",
		"integrity":"sha512-$sum"}}}}
	END
	npm="npm --prefix /shopper/npm --no-audit --no-fund --no-update-notifier --cafile /ca.pem"
	# shellcheck disable=SC2086
	inside $npm install --registry https://shop.test/npm/ tiny
	[ "$status" = 0 ]
	[ -f "$LAB/shopper/npm/node_modules/tiny/package.json" ]
	begins npm --version
	# shellcheck disable=SC2086
	missing "getaddrinfo ENOTFOUND evil.test" \
		$npm install --fetch-retries 0 --registry https://evil.test/npm/ other
}

@test "fetch of node, which asks no proxy" {
	has node
	inside env NODE_EXTRA_CA_CERTS=/ca.pem node -e '
(async () => {
	for (const url of ["http://shop.test/", "https://shop.test/host"])
		console.log(await (await fetch(url)).text());
})()'
	[ "$output" = $'the first page\nshop.test' ]
	begins node --version
	missing "getaddrinfo ENOTFOUND evil.test" node -e \
		'fetch("https://evil.test/").catch(e => { console.error(e.cause.message); process.exit(1); })'
}

@test "apt-get" {
	has apt-get dpkg-deb
	mkdir -p "$LAB/shop/www/apt" "$LAB/deb/DEBIAN" "$LAB"/shopper/apt/{etc/apt/apt.conf.d,etc/apt/preferences.d} \
		"$LAB"/shopper/apt/var/{lib/apt/lists/partial,lib/dpkg,cache/apt/archives/partial,log}
	touch "$LAB/shopper/apt/var/lib/dpkg/status"
	printf 'Package: tiny\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@a.test>\nDescription: tiny\n' \
		>"$LAB/deb/DEBIAN/control"
	dpkg-deb -b --root-owner-group "$LAB/deb" "$LAB/shop/www/apt/tiny.deb" >/dev/null
	{
		cat "$LAB/deb/DEBIAN/control"
		echo "Filename: ./tiny.deb"
		echo "Size: $(stat -c %s "$LAB/shop/www/apt/tiny.deb")"
		echo "SHA256: $(sha256sum "$LAB/shop/www/apt/tiny.deb" | cut -d' ' -f1)"
	} >"$LAB/shop/www/apt/Packages"
	apt=(apt-get -qq -o Dir=/shopper/apt -o Dir::State::status=/shopper/apt/var/lib/dpkg/status
		-o APT::Sandbox::User=root -o Acquire::https::CAInfo=/ca.pem -o Acquire::Retries=0
		-o APT::Update::Error-Mode=any)
	for scheme in http https; do
		echo "deb [trusted=yes] $scheme://shop.test/apt ./" >"$LAB/shopper/apt/etc/apt/sources.list"
		inside "${apt[@]}" update
		[ "$status" = 0 ]
		inside sh -c 'rm -f tiny_*; "$@"' sh "${apt[@]}" download tiny
		[ "$status" = 0 ]
		[ -f "$LAB/shopper/tiny_1.0_all.deb" ]
	done
	inside "${apt[@]}" -o Acquire::ForceIPv4=true update
	[ "$status" = 0 ]
	echo "deb [trusted=yes] https://evil.test/apt ./" >"$LAB/shopper/apt/etc/apt/sources.list"
	missing "Could not resolve 'evil.test'" "${apt[@]}" update
}

@test "cargo, by a sparse index or, before 1.68, by one of git" {
	has cargo git
	mkdir -p "$LAB/rust/tiny-1.0.0/src" "$LAB/shop/www/index/ti/ny" "$LAB/shop/www/crates/tiny/1.0.0" \
		"$LAB/shopper/rust/src" "$LAB/shopper/rust/.cargo"
	printf '[package]\nname = "tiny"\nversion = "1.0.0"\n' >"$LAB/rust/tiny-1.0.0/Cargo.toml"
	echo 'pub fn answer() -> u32 { 42 }' >"$LAB/rust/tiny-1.0.0/src/lib.rs"
	tar -C "$LAB/rust" -czf "$LAB/shop/www/crates/tiny/1.0.0/download" tiny-1.0.0
	sum=$(sha256sum "$LAB/shop/www/crates/tiny/1.0.0/download" | cut -d' ' -f1)
	printf '{"dl":"https://files.shop.test/crates"}' >"$LAB/shop/www/index/config.json"
	printf '{"name":"tiny","vers":"1.0.0","deps":[],"cksum":"%s","features":{},"yanked":false}\n' \
		"$sum" >"$LAB/shop/www/index/ti/ny/tiny"
	git -C "$LAB/shop/www/index" init -q -b master
	git -C "$LAB/shop/www/index" add .
	git -C "$LAB/shop/www/index" -c user.name=a -c user.email=a@a.test commit -qm index
	git clone -q --bare "$LAB/shop/www/index" "$LAB/shop/git/index.git"
	index=sparse+https://HOST/index/
	[ "$(cargo --version | cut -d. -f2)" -ge 68 ] || index=https://HOST/git/index.git
	printf '[package]\nname = "user"\nversion = "1.0.0"\n[dependencies]\ntiny = "1"\n' >"$LAB/shopper/rust/Cargo.toml"
	touch "$LAB/shopper/rust/src/lib.rs"
	configure() {
		cat >"$LAB/shopper/rust/.cargo/config.toml" <<-END
			[http]
			cainfo = "/ca.pem"
			[net]
			retry = 0
			[source.crates-io]
			replace-with = "lab"
			[source.lab]
			registry = "${index/HOST/$1}"
		END
	}
	configure shop.test
	inside sh -c 'cd rust && cargo fetch -q'
	[ "$status" = 0 ]
	[ -n "$(find "$LAB/shopper/.cargo/registry" -name 'tiny-1.0.0.c*')" ]
	configure evil.test
	rm "$LAB/shopper/rust/Cargo.lock"
	begins cargo --version
	missing "resolve" sh -c 'cd rust && cargo fetch'
	[[ $stderr =~ (Could not resolve host: evil.test|failed to resolve address for evil.test) ]]
}

@test "go, by a GOPROXY" {
	has go
	local at=$LAB/shop/www/go/shop.test/tiny/@v
	mkdir -p "$at" "$LAB/shopper/go-module"
	printf 'module shop.test/tiny\n' >"$at/v1.0.0.mod"
	python3 -c '
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as module:
    module.writestr("shop.test/tiny@v1.0.0/go.mod", "module shop.test/tiny\n")
    module.writestr("shop.test/tiny@v1.0.0/tiny.go", "package tiny\n")' "$at/v1.0.0.zip"
	echo v1.0.0 >"$at/list"
	echo '{"Version":"v1.0.0","Time":"2024-01-01T00:00:00Z"}' >"$at/v1.0.0.info"
	printf 'module user.test/user\nrequire shop.test/tiny v1.0.0\n' >"$LAB/shopper/go-module/go.mod"
	go="cd go-module && SSL_CERT_FILE=/ca.pem GONOSUMDB=* GONOSUMCHECK=1 GOFLAGS=-mod=mod GOSUMDB=off GOPATH=/shopper/go"
	inside sh -c "$go GOPROXY=https://shop.test/go go mod download shop.test/tiny"
	[ "$status" = 0 ]
	[ -f "$LAB/shopper/go/pkg/mod/shop.test/tiny@v1.0.0/tiny.go" ]
	inside sh -c "$go go clean -modcache"
	missing "lookup evil.test" sh -c "$go GOPROXY=https://evil.test/go go mod download shop.test/tiny"
	[[ $stderr == *"no such host"* ]]
}

@test "java" {
	has java keytool
	keytool -importcert -noprompt -alias lab -file "$LAB/shop/ca.pem" -storetype PKCS12 \
		-keystore "$LAB/shopper/trust.p12" -storepass changeit 2>/dev/null
	cat >"$LAB/shopper/Get.java" <<-'END'
		import java.net.URI;
		import java.net.http.*;
		class Get {
			public static void main(String[] args) throws Exception {
				var client = HttpClient.newHttpClient();
				for (var url : args)
					System.out.println(client.send(HttpRequest.newBuilder(URI.create(url)).build(),
						HttpResponse.BodyHandlers.ofString()).body());
			}
		}
	END
	local OPTIONS="--read=?/etc/java-17-openjdk --read=?/etc/java-21-openjdk"
	OPTIONS+=" --read=$(readlink -f /etc/ssl/certs/java 2>/dev/null || echo '?/none')"
	java="java -Xshare:auto -XX:TieredStopAtLevel=1 -Djavax.net.ssl.trustStore=/shopper/trust.p12
		-Djavax.net.ssl.trustStorePassword=changeit Get.java"
	# HTTP/2 is offered by an Upgrade line first, which this server does not take
	# shellcheck disable=SC2086
	inside $java http://shop.test/ https://shop.test/host
	[ "$output" = $'the first page\nshop.test' ]
	# shellcheck disable=SC2086
	begins $java
	# shellcheck disable=SC2086
	missing "java.net.ConnectException" $java https://evil.test/
	[[ $stderr == *"UnresolvedAddressException"* ]]
}

@test "psql, whose TLS begins with a question in the clear" {
	psql=$(compgen -G '/usr/lib/postgresql/*/bin/psql' | tail -n1) || psql=$(command -v psql) ||
		skip "psql is not installed"
	inside "$psql" "host=db.shop.test sslmode=verify-full sslrootcert=/ca.pem user=a dbname=a" \
		-Atc 'select 42'
	[ "$output" = 42 ]
	missing 'could not translate host name "evil.test" to address: Name or service not known' \
		"$psql" "host=evil.test user=a dbname=a" -Atc 'select 42'
}

@test "through net.proxy, which programs find by their variables, and which says why not" {
	has curl wget git
	repository
	local OPTIONS=--set=net.proxy=true
	inside curl -sS --cacert /ca.pem http://shop.test/ https://shop.test/host
	[ "$output" = "the first pageshop.test" ]
	missing "CONNECT tunnel failed, response 403" curl -sS https://evil.test/
	inside wget -qO- --ca-certificate=/ca.pem http://shop.test/ https://shop.test/host
	[ "$output" = "the first pageshop.test" ]
	missing "Forbidden (sbox: refused: " wget -O- https://evil.test/
	inside git -c http.sslCAInfo=/ca.pem ls-remote https://shop.test/git/tiny.git
	[[ $output == *refs/heads/main* ]]
	inside env SSL_CERT_FILE=/ca.pem python3 -c '
import urllib.request
for url in "http://shop.test/", "https://shop.test/host":
    print(urllib.request.urlopen(url).read().decode())'
	[ "$output" = $'the first page\nshop.test' ]
	missing "403 Forbidden (sbox: refused: " python3 -c '
import urllib.request
urllib.request.urlopen("https://evil.test/")'
}
