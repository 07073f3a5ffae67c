#!/bin/sh
# overlay-upper-mounted-twice.sh - two overlays write to one upper directory, unless both ask
# for what neither gets
#
# One would guess that overlayfs refuses an upper directory that another overlay is using,
# or else that an option which is in force keeps the second one out.
#
# What is so: a second mount of the same upper directory, even with the same work directory,
# succeeds by default; only the kernel's log says that what comes of it is undefined. With
# index=on at both it is refused as busy. But with userxattr, which an ordinary user's
# overlay needs, index=on is not in force: the list of mounts does not show it, nor do
# nfs_export=on and xino=on, which are taken without a word as well. redirect_dir=on and
# metacopy=on are refused with EINVAL.
#
# Since when: userxattr is of Linux 5.11; seen on 6.1 and 6.18.
# Source: ovl_get_upper(), ovl_report_in_use() and ovl_fs_params_verify() in fs/overlayfs: a
# directory in use is an error if the index was asked for and else a warning; whether there
# can be an index is found out later.
#
# Exit: 0 as described, 1 changed, 77 no user namespaces or overlayfs.
set -eu
command -v unshare >/dev/null || { echo "needs unshare"; exit 77; }
work=$(mktemp -d)
trap 'chmod -R u+rwX "$work"; rm -rf "$work"' EXIT
cd "$work"
mkdir lower upper wk one two
unshare -Urm mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=wk,userxattr none one 2>/dev/null ||
	{ echo "no overlay can be mounted here"; exit 77; }
uname -sr
# shellcheck disable=SC2016 # for the shell inside
unshare -Urm sh -euc '
	layers=lowerdir=lower,upperdir=upper,workdir=wk,userxattr
	for option in index=on nfs_export=on,index=on xino=on; do
		mount -t overlay -o "$layers,$option" none one
		shown=$(awk -v at="$PWD/one" "\$5 == at { print \$NF }" /proc/self/mountinfo)
		echo "$option: mounted, shown as: $shown" | sed "s/lowerdir=[^ ]*work[^,]*,//"
		case $shown in *index=on* | *nfs_export=on* | *xino=on*) exit 1 ;; esac
		umount one
	done
	for option in redirect_dir=on metacopy=on; do
		! mount -t overlay -o "$layers,$option" none one 2>/dev/null || exit 1
		echo "$option: refused"
	done
	mount -t overlay -o "$layers" none one
	mount -t overlay -o "$layers" none two
	echo "the same upper directory twice: mounted"
	umount one two
	mount -t overlay -o "$layers,index=on" none one
	! mount -t overlay -o "$layers,index=on" none two 2>/dev/null || exit 1
	echo "the same with index=on: refused"
'
