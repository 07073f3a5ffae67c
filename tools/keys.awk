# keys.awk - the key table of src/policy/keys.c as lines, for scripts
#
#	awk -f tools/keys.awk src/policy/keys.c
#
# One line for each row, its fields parted by tabs, "-" where the row has nothing:
#
#	TABLE  key or mount: a key of a profile, or one of a [[fs.mount]] table
#	NAME   fs.read
#	TYPE   TEXT, WORD, BOOL, COUNT, SIZE, TEXTS, PAIRS or MOUNTS
#	FORM   ANY, PATH, SPEC, ...: what its strings must look like
#	WORDS  of a WORD: what it can be, a blank between two
#	OPTION its long option, without the dashes
#	ARG    what --help calls the option's argument
#	HELP   one line
#
# It knows C only as far as that file needs: rows in braces, strings, designated members.

{
	sub(/\/\/.*/, "")
	text = text " " $0
}

END {
	gsub(/\/\*[^*]*\*\//, "", text)
	gsub(/[ \t]+/, " ", text)
	gsub(/" "/, "", text) # two strings in a row are one
	find_words(text)
	rows("key", body(text, "key_table[] = {"))
	rows("mount", body(text, "mount_keys[] = {"))
}

# What is between @head and the row of zeros that ends a table.
function body(s, head, at) {
	at = index(s, head)
	if (!at)
		fail("no \"" head "\"")
	s = substr(s, at + length(head))
	at = index(s, "{ 0 }")
	if (!at)
		fail("no end of \"" head "\"")
	return substr(s, 1, at - 1)
}

# Every "const char *const NAME[] = { "a", "b", NULL }" is a list of words.
function find_words(s, name, list) {
	while (match(s, /[a-z_]+\[\] = \{ ?"[^}]*NULL ?\}/)) {
		list = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
		name = list
		sub(/\[.*/, "", name)
		sub(/^[^{]*\{/, "", list)
		sub(/, *NULL.*/, "", list)
		gsub(/[",]/, " ", list)
		gsub(/  +/, " ", list)
		gsub(/^ | $/, "", list)
		words[name] = list
	}
}

# The rows of a table; braces, commas and quotes inside strings do not count.
function rows(table, s, c, i, inside, depth, row) {
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\\" && inside) {
			row = row c substr(s, ++i, 1)
			continue
		}
		if (c == "\"")
			inside = !inside
		if (c == "{" && !inside && depth++ == 0) {
			row = ""
			continue
		}
		if (c == "}" && !inside && --depth == 0) {
			one(table, row)
			continue
		}
		row = row c
	}
}

function one(table, row, name, type, form, list) {
	if (!match(row, /^ ?"[a-z0-9_.]+", KEY_[A-Z]+, FORM_[A-Z_]+,/))
		fail("cannot read the row:" row)
	name = row
	sub(/^ ?"/, "", name)
	sub(/".*/, "", name)
	type = row
	sub(/^[^,]*, KEY_/, "", type)
	sub(/,.*/, "", type)
	form = row
	sub(/^[^,]*, [^,]*, FORM_/, "", form)
	sub(/,.*/, "", form)
	list = "-"
	if (match(row, /[a-z_]+_words/))
		list = words[substr(row, RSTART, RLENGTH)]
	if (type == "WORD" && (list == "" || list == "-"))
		fail("no words for " name)
	print table "\t" name "\t" type "\t" form "\t" list "\t" member(row, "option") "\t" \
		member(row, "arg") "\t" member(row, "help")
}

# The string of designated member @name.
function member(row, name, s) {
	if (!match(row, "\\." name " = \""))
		return "-"
	s = substr(row, RSTART + RLENGTH)
	match(s, /^([^"\\]|\\.)*/)
	s = substr(s, 1, RLENGTH)
	gsub(/\\"/, "\"", s)
	return s
}

function fail(what) {
	print "keys.awk: " what >"/dev/stderr"
	exit 1
}
