#!/bin/sh
# hg-unset-with-a-value.sh - an hgrc line that begins with "%unset" can be a setting
#
# One would guess that "%unset NAME" takes a setting away whatever stands behind it, since
# lines with "%" are directives, so that a program that reads an hgrc may pass them over.
#
# What is so: Mercurial tries the form "NAME = VALUE" before it tries "%unset NAME", and a
# name may have a percent sign and spaces in it. "%unset x = y" therefore takes nothing away:
# it is a setting with the name "%unset x" and the value "y". In sections in which each
# name counts, such as [extensions] or [hooks], that has the effect of any other setting.
#
# Since when: seen in Mercurial 6.3.2 of Debian 12; the order of the two expressions is that
# of config.parse() in mercurial/config.py there.
# Source: that function, whose loop asks for sections, settings, directives in this order;
# "hg help config" describes %unset only without a value.
#
# Exit: 0 as described, 1 changed, 77 the packages cannot be had.
set -eu
version=${HG_VERSION:-6.3.2-1+deb12u1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

for package in mercurial mercurial-common; do
	apt-get download -qq "$package=$version" >/dev/null 2>&1 || {
		echo "$package $version cannot be had"
		exit 77
	}
	dpkg-deb -x "$package"_*.deb root
done
printf '[ui]\nusername = kept\n%%unset username = told\n' >hgrc
out=$(HOME=$work HGRCPATH=$work/hgrc PYTHONPATH=$work/root/usr/lib/python3/dist-packages \
	python3 root/usr/bin/hg config ui)
HGRCPATH=/dev/null PYTHONPATH=$work/root/usr/lib/python3/dist-packages \
	python3 root/usr/bin/hg --version --quiet
printf '%s\n' 'the file:' "$(cat hgrc)" 'what "hg config ui" reads of it:' "$out"

case $out in
*"ui.username=kept"*"ui.%unset username=told"*)
	echo "as described: the setting is still there, and a second one is called \"%unset username\""
	;;
*)
	echo "changed"
	exit 1
	;;
esac
