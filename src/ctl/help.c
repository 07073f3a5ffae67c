/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* help.c - what --help of a subcommand says behind its line of usage; see help.h */
#include "config.h"

#include "ctl/help.h"

const char help_cache[] =
	"What fs.cache (--cache) of a profile keeps, for all sandboxes that name it "
	"alone.\n"
	"\n"
	"  list [--json]          name, size on the disk, last use, where it lies\n"
	"  clear NAME...|--all    removes them; not while a sandbox has one\n"
	"\n"
	"Run nothing of a cache outside: commands have written it.\n"
	"\n"
	"Status: 0 done, 1 there is none of a name, or it is in use, 125 a mistake, or\n"
	"something could not be removed.\n";

const char help_changes[] =
	"What a run with --changes=NAME has written is kept apart, and is put into its "
	"place\n"
	"only by a commit.\n"
	"\n"
	"  list                     the change sets, and what they are of\n"
	"  diff NAME [PATH...]      A added, M changed, D removed, R renamed, T of "
	"another\n"
	"                           type, m with another mode; by content\n"
	"  commit NAME [PATH...]    puts it into place: all or nothing; the rest stays\n"
	"  undo NAME                takes the last commit back\n"
	"  discard NAME...|--all    removes it, with what undo would need\n"
	"\n"
	"  --stat      diff: one line of counts\n"
	"  --content   diff: lines that were removed and added\n"
	"  --quick     diff: a file of the same size and time is the same\n"
	"  --json      list, diff: for programs\n"
	"  --trust     commit: also what git, editors and CI take as instructions\n"
	"  --overwrite commit: also over what was changed on the host since\n"
	"\n"
	"  sbox --changes=try -p build -- make install\n"
	"  sboxctl changes diff try\n"
	"  sboxctl changes commit try\n"
	"\n"
	"Status: 0 done, or diff: no change; 1 refused, or diff: changes; 125 trouble.\n";

const char help_doctor[] =
	"Each thing is tried as a sandbox would do it, and nothing is left behind.\n"
	"\n"
	"  --json   for programs, by docs/doctor.schema.json\n"
	"\n"
	"Status: 0 sbox runs with its default profile, 1 it does not, 125 it could not "
	"ask.\n";

const char help_exec[] =
	"The command is started by process 1 of the sandbox, by the same rules as its "
	"own\n"
	"command, and gets 0 to 2 from here. Only a sandbox with a name can be asked.\n"
	"\n"
	"  sbox --hold --name=box -p build &    a sandbox without a command of its own\n"
	"  sboxctl exec box -- make             one more command in it\n"
	"  sboxctl kill box\n"
	"\n"
	"NAME may be the number that ps prints. Status: the command's; 125 it was not "
	"run.\n";

const char help_explain[] =
	"  path PATH [read|write|exec]          is it there, and what may be done with "
	"it\n"
	"  net HOST:PORT[/tcp|/udp]             does a packet or a connection get there\n"
	"  syscall NAME[(ARGUMENT, ...)]        does the filter let it pass\n"
	"  env NAME                             does the command get it, and what value\n"
	"  command NAME                         which file is executed, or why none is\n"
	"\n"
	"  last ...                             the same of the last run that failed, or "
	"of "
	"one\n"
	"                                       that \"sboxctl runs\" lists, by its "
	"name\n"
	"\n"
	"  --json and the options of sbox: -p, --set, --read, --net and so on\n"
	"\n"
	"  sboxctl explain -p build path ~/.ssh\n"
	"  sboxctl explain -p build --net=auto net 192.168.1.1:443\n"
	"\n"
	"Status: 0 yes, 1 no, 125 it cannot be told, or a mistake.\n";

const char help_kill[] =
	"The command is asked to end (SIGTERM), and killed when limits.grace is over.\n"
	"\n"
	"  --signal=SIG, -s SIG   this signal to the command; KILL ends the sandbox at "
	"once\n"
	"  --all                  each sandbox of this user, also those without a name\n"
	"\n"
	"NAME may be the number that ps prints. Status: 0 all were reached, 1 a name\n"
	"stands for none that runs, 125 a mistake.\n";

const char help_learn[] =
	"Runs the command as sbox would with the given profiles (-p; \"build\"), and "
	"writes to\n"
	"a change set that is discarded. What it asks for in vain is granted where "
	"--observe\n"
	"would offer a line for it, and taken back where the command does the same "
	"without:\n"
	"the same status, output and files. What is left becomes a profile.\n"
	"\n"
	"  -o FILE          the new profile; it must not be there yet\n"
	"  --diff           its lines alone, to standard output\n"
	"  --verify FILE    whether FILE is enough for the command, and what it lacks\n"
	"  --runs=N         runs that are watched (1), for what differs from run to run\n"
	"  --net=filtered   and other options of sbox that are settings: they become "
	"lines\n"
	"\n"
	"  sboxctl learn -o box.toml -p build -- git commit -m message\n"
	"\n"
	"The first run has your terminal; Ctrl-C ends it and writes what is known. The "
	"others\n"
	"have no input. Secrets, sockets and home directories are never granted.\n"
	"\n"
	"Status: 0 done (--diff, --verify: nothing is missing), 1 it could not be tried, "
	"or\n"
	"something is missing, 125 trouble.\n";

const char help_net[] =
	"Of a sandbox with net.mode = \"filtered\": each host that its commands have "
	"asked for,\n"
	"and what became of it. A host without a port was looked up and not connected "
	"to.\n"
	"\n"
	"  --json   for programs\n"
	"\n"
	"  sbox --name=box --net=filtered --net-allow=crates.io -p build -- cargo fetch "
	"&\n"
	"  sboxctl net box\n"
	"\n"
	"Status: 0, or 1 no such sandbox runs, 125 it has no filtered network.\n";

const char help_profile[] =
	"  list                   which there are, where they lie, what they are for\n"
	"  show [NAME...]         the files, from the first to the last that applies\n"
	"  show --effective ...   what they come to, with settings, as one profile\n"
	"  check [NAME...]        are they right, as sbox would read them\n"
	"  path                   where profiles are looked for by name\n"
	"  new NAME [-p PARENT]   begins one in your own directory\n"
	"  new --detect ./NAME    one for the project that one stands in\n"
	"  new --from-run=RUN ./NAME\n"
	"                         with the options of a run that failed (\"sboxctl "
	"runs\")\n"
	"  schema                 a JSON Schema of profiles, for editors\n"
	"  guards                 the places that git, editors and agents take orders "
	"from\n"
	"\n"
	"  sboxctl profile show --effective -p build --net=auto\n"
	"  sboxctl profile new --detect ./box.toml\n";

const char help_ps[] =
	"Name, profile, the number of its process 1, age, memory, processor "
	"time, processes and\n"
	"command of each sandbox of this user.\n"
	"\n"
	"  --json   for programs\n";

const char help_runs[] = "The last twenty runs that failed, or were refused a host: "
			 "name, status, why they ended,\n"
			 "directory and command. They are remembered in the runtime "
			 "directory, until it goes.\n"
			 "\n"
			 "  --json   for programs\n"
			 "\n"
			 "  sboxctl explain last path ~/.gitconfig\n";
