package model

import (
	"encoding/base64"
	"encoding/binary"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
)

// A token is a word of a command line with what is inside its quotation marks cut
// further, so that a command in an argument of a shell is seen.
type token struct {
	text   string // lower case, without carets on Windows
	exact  string
	starts bool // a command may begin here: it is where a program is named
}

// base is the program that a token names: no path, no ending, no marks.
func (t token) base() string {
	b := baseName(strings.Trim(t.text, `"'`))
	return strings.TrimSuffix(strings.TrimSuffix(b, ".exe"), ".com")
}

var operators = regexp.MustCompile("[|;&(){}`\n]|\\$\\(")

// launchers are programs that run what is named behind them, and the words and
// options behind which a command stands.
var launchers = []string{"sudo", "doas", "env", "exec", "nohup", "time", "xargs", "nice", "setsid", "start", "call", "then", "do", "else",
	"/c", "/k", "-c", "-command", "--"}

// valued are options of launchers that take the word behind them.
var valued = []string{"-u", "-g", "-U", "-h", "-p", "-n", "--user", "--group"}

// tokens returns the program and its arguments. Nothing comes of a request whose
// command line is not reported.
func tokens(e EndpointRequest) []token {
	if _, ok := e.said(GroupApplication, KeyCommand); !ok {
		return nil
	}
	var all []token
	starts, value := true, false // value: the word belongs to the option before it
	add := func(word string) {
		if e.Windows() {
			word = strings.ReplaceAll(word, "^", "")
		}
		t := token{strings.ToLower(word), word, starts}
		all = append(all, t)
		option := strings.HasPrefix(t.text, "-") || strings.Contains(t.text, "=")
		starts = slices.Contains(launchers, t.base()) || slices.Contains(launchers, t.text) || starts && (option || value) && len(all) > 1
		value = starts && slices.Contains(valued, t.exact)
	}
	if program := e.Program(); program != "" {
		add(program)
		starts = starts || !shellLike(all[0].base())
	}
	for i, w := range CommandOf(e).Words {
		if i == 0 && len(all) > 0 && sameFile(w.Text, all[0].base()) {
			continue // the service reports the whole line
		}
		if !strings.ContainsAny(w.Text, " \t\n|;&(){}`") {
			add(w.Text)
			continue
		}
		for _, piece := range strings.Fields(operators.ReplaceAllString(w.Text, " \x00 ")) {
			if piece == "\x00" {
				starts = true
				continue
			}
			add(strings.Trim(piece, `"'`))
		}
	}
	return all
}

var shells = []string{"sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "csh", "tcsh", "cmd", "powershell", "pwsh", "powershell_ise"}

func shellLike(base string) bool { return slices.Contains(shells, base) }

func powershell(base string) bool { return strings.HasPrefix(base, "powershell") || base == "pwsh" }

// options are what begins an option of PowerShell: it takes the dashes of
// typographers as well.
const options = "-/\u2013\u2014\u2015"

// encodedOption reports whether a word is one of the spellings of -EncodedCommand:
// every beginning of it, and -ec. attached is what follows a colon in the same word.
func encodedOption(word string) (attached string, ok bool) {
	name := strings.TrimLeft(word, options)
	if name == word {
		return "", false
	}
	name, attached, _ = strings.Cut(name, ":")
	name = strings.ToLower(name)
	return attached, name != "" && (strings.HasPrefix("encodedcommand", name) || name == "ec")
}

func hintEncoded(e EndpointRequest) []Hint {
	all := tokens(e)
	named := slices.ContainsFunc(all, func(t token) bool { return powershell(t.base()) })
	for i, t := range all {
		value, ok := encodedOption(t.exact)
		if !ok {
			continue
		}
		if value == "" && i+1 < len(all) {
			value = all[i+1].exact
		}
		text, decodes := decodePowerShell(value)
		switch {
		case decodes:
			return []Hint{{HintEncoded, "PowerShell is given its command encoded, so that people do not read it; decoded it is this", KeyCommand, text}}
		case named && value != "":
			return []Hint{{HintEncoded, "PowerShell is given its command encoded, and what it is cannot be decoded", KeyCommand, value}}
		}
	}
	return nil
}

// decodePowerShell decodes what -EncodedCommand takes: base64 of UTF-16. It reports
// false where no text comes of it.
func decodePowerShell(value string) (string, bool) {
	b, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Trim(value, `"'`), "="))
	if err != nil || len(b) < 2 || len(b)%2 != 0 {
		return "", false
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	text := string(utf16.Decode(units))
	readable := 0
	for _, r := range text {
		if r < 0x250 && (unicode.IsPrint(r) || unicode.IsSpace(r)) {
			readable++
		}
	}
	return text, 2*readable >= len([]rune(text))
}

var (
	fetchers = []string{"curl", "wget", "fetch", "aria2c", "bitsadmin"}
	// cmdlets fetch wherever PowerShell reads their names.
	cmdlets = regexp.MustCompile(`(?i)\b(invoke-webrequest|iwr|invoke-restmethod|irm|start-bitstransfer|download(string|file|data)(async)?|webclient)\b`)
	loaders = []string{"mshta", "regsvr32", "rundll32", "msiexec", "certutil", "wmic"}
	webText = regexp.MustCompile(`(?i)\b(https?|ftp)://`)
)

func hintDownload(e EndpointRequest) []Hint {
	line, ok := e.said(GroupApplication, KeyCommand)
	if !ok {
		return nil
	}
	const says = "fetches something from the network in a shell: what runs then is not what is seen here"
	if e.Windows() {
		line = strings.ReplaceAll(line, "^", "")
	}
	var shell, power, fetcher, loader bool
	for _, t := range tokens(e) {
		if !t.starts {
			continue
		}
		base := t.base()
		shell, power = shell || shellLike(base), power || powershell(base)
		fetcher, loader = fetcher || slices.Contains(fetchers, base), loader || slices.Contains(loaders, base)
	}
	switch {
	case shell && fetcher, power && cmdlets.MatchString(line):
		return []Hint{{HintDownload, says, KeyCommand, line}}
	case loader && webText.MatchString(line):
		return []Hint{{HintDownload, "a program of the system loads and runs something from a web address", KeyCommand, webText.FindString(line)}}
	}
	for _, h := range hintEncoded(e) {
		if cmdlets.MatchString(h.Found) {
			return []Hint{{HintDownload, says, KeyCommand, h.Found}}
		}
	}
	return nil
}

// inline says by which options interpreters take code from the command line.
var inline = []struct {
	interpreter, option *regexp.Regexp
}{
	{regexp.MustCompile(`^(sh|bash|zsh|dash|ksh|ash|fish|csh|tcsh)$`), regexp.MustCompile(`^(-[a-z]*c|--command)$`)},
	{regexp.MustCompile(`^(python|pypy)[0-9.]*w?$`), regexp.MustCompile(`^-[a-z]*c`)},
	{regexp.MustCompile(`^perl[0-9.]*$`), regexp.MustCompile(`^-[a-z]*e`)},
	{regexp.MustCompile(`^ruby[0-9.]*$`), regexp.MustCompile(`^-[a-z]*e`)},
	{regexp.MustCompile(`^(lua|luajit|rscript|osascript|julia)[0-9.]*$`), regexp.MustCompile(`^(-e|--eval)`)},
	{regexp.MustCompile(`^(node|nodejs|bun)$`), regexp.MustCompile(`^(-e|-p|-pe|--eval|--print)`)},
	{regexp.MustCompile(`^deno$`), regexp.MustCompile(`^eval$`)},
	{regexp.MustCompile(`^php[0-9.]*$`), regexp.MustCompile(`^-r`)},
	{regexp.MustCompile(`^cmd$`), regexp.MustCompile(`^/[ckr]`)},
	{regexp.MustCompile(`^(powershell|pwsh)$`), regexp.MustCompile(`^[-/\x{2013}-\x{2015}]+(c|co|com|comm|comma|comman|command)$`)},
	{regexp.MustCompile(`^(mshta|rundll32)$`), regexp.MustCompile(`^"?(javascript|vbscript):`)},
}

// reach is how many words behind an interpreter are looked at for its option.
const reach = 8

func hintInline(e EndpointRequest) []Hint {
	all := tokens(e)
	for i, t := range all {
		if !t.starts {
			continue
		}
		for _, in := range inline {
			if !in.interpreter.MatchString(t.base()) {
				continue
			}
			for j := i + 1; j < len(all) && j <= i+reach; j++ {
				if in.option.MatchString(all[j].text) {
					return []Hint{{HintInline, "an interpreter is given code on its command line: the hash of the file says nothing about it", KeyCommand,
						t.exact + " " + all[j].exact}}
				}
				if !isOption(all[j].text, e.Windows()) {
					break // the file that it runs; what follows is that one's
				}
			}
		}
	}
	return nil
}

// isOption reports whether a word looks like an option.
func isOption(word string, windows bool) bool {
	return strings.IndexAny(word, options) == 0 && (windows || word[0] != '/')
}

// writable says which folders people may write to who are no administrators.
var (
	writableWindows = regexp.MustCompile(`(?i)^(([a-z]:|%systemdrive%)\\(users|documents and settings|temp|tmp|programdata|perflogs)\\|` +
		`([a-z]:\\windows|%windir%|%systemroot%)\\(temp|tasks|tracing|system32\\(spool\\drivers\\color|tasks))\\|` +
		`(%(temp|tmp|appdata|localappdata|userprofile|public|programdata|allusersprofile)%|\$env:(temp|tmp|appdata|localappdata|userprofile|public|programdata))\\|\\\\)`)
	writablePOSIX = regexp.MustCompile(`^((/private)?/tmp/|(/private)?/var/tmp/|/dev/shm/|/home/|/users/|/run/user/|/var/lock/|/var/crash/|~[a-z0-9._-]*/|\$\{?(home|tmpdir)\}?/)`)
)

func hintWritable(e EndpointRequest) []Hint {
	var hints []Hint
	if _, ok := e.said(GroupApplication, KeyPath); ok && writable(e.Program(), e.Windows()) {
		hints = append(hints, Hint{HintWritable, "the program lies where people may write who are no administrators: it can be exchanged", KeyPath, e.Program()})
	}
	if _, ok := e.said(GroupApplication, KeyCommand); !ok {
		return hints
	}
	for i, w := range CommandOf(e).Words {
		if _, value, found := strings.Cut(w.Text, "="); found && writable(value, e.Windows()) || writable(w.Text, e.Windows()) {
			if i == 0 && len(hints) > 0 && w.Text == e.Program() {
				continue
			}
			return append(hints, Hint{HintWritable, "an argument names a file where people may write who are no administrators", KeyCommand, w.Text})
		}
	}
	return hints
}

// writable reports whether a path leads below a folder that people may write to, as
// it is written or with its dots resolved. Shares of other machines count.
func writable(path string, windows bool) bool {
	if windows {
		path = strings.ReplaceAll(path, "/", `\`)
		return writableWindows.MatchString(path) || writableWindows.MatchString(resolved(path, `\`))
	}
	path = strings.ToLower(path) // macOS does not tell /Users from /users
	return writablePOSIX.MatchString(path) || writablePOSIX.MatchString(resolved(path, "/"))
}

// resolved takes ., .. and doubled separators out of a path, without looking at any
// file system.
func resolved(path, separator string) string {
	var parts []string
	for i, part := range strings.Split(path, separator) {
		switch {
		case part == "." || part == "" && i > 0:
		case part == ".." && len(parts) > 1:
			parts = parts[:len(parts)-1]
		case part != "..":
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, separator)
}
