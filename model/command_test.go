package model

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSplitCommandPOSIX(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, line string
		want       []string
		doubt      string
	}{
		{"words stand between blanks", "apt-get install nginx", []string{"apt-get", "install", "nginx"}, ""},
		{"blanks in a row and at the ends make no words", "  a \t b\n", []string{"a", "b"}, ""},
		{"an empty line has no words", "", nil, ""},
		{"double marks hold a word together", `--flag="a b"`, []string{"--flag=a b"}, ""},
		{"single marks hold everything together", `sh -c 'rm -rf "$HOME"; ls \'`, []string{"sh", "-c", `rm -rf "$HOME"; ls \`}, ""},
		{"two marks are an empty word", `a "" ''`, []string{"a", "", ""}, ""},
		{"a backslash takes the meaning from the next character", `a\ b \"c\"`, []string{"a b", `"c"`}, ""},
		{"inside double marks it does so only for a few", `"\$x \n \\ \""`, []string{`$x \n \ "`}, ""},
		{"nothing is expanded", "ls $HOME * ~", []string{"ls", "$HOME", "*", "~"}, ""},
		{"operators stay characters", "a;b | c && d", []string{"a;b", "|", "c", "&&", "d"}, ""},
		{"marks in the middle join the words", `a"b c"'d e'f`, []string{"ab cd ef"}, ""},
		{"an open mark is told", `say "hello`, []string{"say", "hello"}, doubtOpen},
		{"a last backslash is told and kept", `a\`, []string{`a\`}, doubtEscape},
		{"other scripts and control characters pass", "x\u202egnp.exe \x1b[2J", []string{"x\u202egnp.exe", "\x1b[2J"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := CutCommand(tt.line, false)
			if !slices.Equal(got.Args(), tt.want) || got.Doubt != tt.doubt {
				t.Errorf("CutCommand(%q) = %q, %q; want %q, %q", tt.line, got.Args(), got.Doubt, tt.want, tt.doubt)
			}
		})
	}
}

func TestSplitCommandWindows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, line string
		want       []string
		doubt      string
	}{
		{"words stand between blanks", "/quiet /norestart", []string{"/quiet", "/norestart"}, ""},
		{"an empty line has no words", "", nil, ""},
		{"backslashes are letters", `C:\Temp\x.msi \\server\share`, []string{`C:\Temp\x.msi`, `\\server\share`}, ""},
		{"marks hold a word together", `"C:\Program Files\x" y`, []string{`C:\Program Files\x`, "y"}, ""},
		{"a single mark is a letter", `'a b'`, []string{"'a", "b'"}, ""},
		{"an odd backslash makes a mark a letter", `a\"b "c\"d"`, []string{`a"b`, `c"d`}, ""},
		{"two backslashes before a mark are one and the mark counts", `"C:\dir\\" x`, []string{`C:\dir\`, "x"}, ""},
		{"three are one and a letter", `a\\\"b c`, []string{`a\"b`, "c"}, ""},
		{"two marks inside a quotation are one and end it", `"a""b c`, []string{`a"b`, "c"}, doubtTwo},
		{"what Windows reads in two ways is told", `"a""b" c"`, []string{`a"b c`}, doubtTwo},
		{"a letter before a closing mark leaves that one open", `"a""" c`, []string{`a" c`}, doubtOpen},
		{"two marks alone are an empty word", `a "" b`, []string{"a", "", "b"}, ""},
		{"a line feed is a letter", "a\nb", []string{"a\nb"}, ""},
		{"an open mark reaches to the end and is told", `"a b`, []string{"a b"}, doubtOpen},
		{"the mark of a directory that ends in a backslash is told", `"C:\dir\" x`, []string{`C:\dir" x`}, doubtOpen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := CutCommand(tt.line, true)
			if !slices.Equal(got.Args(), tt.want) || got.Doubt != tt.doubt {
				t.Errorf("CutCommand(%q) = %q, %q; want %q, %q", tt.line, got.Args(), got.Doubt, tt.want, tt.doubt)
			}
		})
	}
}

// elevation is a request with the evidence of an application.
func elevation(path, file, line string) EndpointRequest {
	return EndpointRequest{UID: "dhqhQ8H6x4-1iLMH9sUs2A", Complete: true, Facts: []Fact{
		{GroupApplication, KeyPath, path}, {GroupApplication, KeyFile, file}, {GroupApplication, KeyCommand, line}}}
}

func TestCommandOfChoosesTheRulesOfThePlatform(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path, file, line string
		windows                bool
		want                   []string
	}{
		{"a path with slashes is POSIX", "/usr/bin", "sudo", `echo 'a b'`, false, []string{"echo", "a b"}},
		{"a path with a drive is Windows", `C:\Windows`, "regedit.exe", `'a b'`, true, []string{"'a", "b'"}},
		{"a slash wins over an ending", "/opt/wine", "x.exe", `'a b'`, false, []string{"a b"}},
		{"an ending tells where the path is missing", "", "Setup.EXE", `'a b'`, true, []string{"'a", "b'"}},
		{"a drive in the command tells at last", "", "", `copy C:\a 'b`, true, []string{"copy", `C:\a`, "'b"}},
		{"nothing known is POSIX", "", "", "a b", false, []string{"a", "b"}},
		{"a whole command line is cut with the program's own rule", `C:\Tools`, "app.exe", `"C:\Tools\app.exe" "x\\" y`, true,
			[]string{`C:\Tools\app.exe`, `x\`, "y"}},
		{"a backslash before its closing mark is a letter there", `C:\Tools\App\`, "App", `"C:\Tools\App" /q`, true, []string{`C:\Tools\App`, "/q"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := CommandOf(elevation(tt.path, tt.file, tt.line))
			if got.Windows != tt.windows || !slices.Equal(got.Args(), tt.want) {
				t.Errorf("CommandOf = %v %q, want %v %q", got.Windows, got.Args(), tt.windows, tt.want)
			}
			if pieces := rawOf(got); pieces != tt.line {
				t.Errorf("the pieces are %q, want %q", pieces, tt.line)
			}
		})
	}
}

func rawOf(c Command) string {
	var b strings.Builder
	for _, w := range c.Words {
		b.WriteString(w.Raw)
	}
	return b.String()
}

// TestQuotedArgumentsComeBack quotes arguments as each platform's programs do and
// cuts the line again.
func TestQuotedArgumentsComeBack(t *testing.T) {
	t.Parallel()
	posix := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	for _, tt := range []struct {
		name    string
		windows bool
		quote   func(string) string
	}{{"POSIX", false, posix}, {"Windows", true, quoteWindows}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				args := rapid.SliceOfN(rapid.StringMatching(`[a-z "'\\;$*\x{202E}ä]{0,12}`), 1, 6).Draw(t, "args")
				quoted := make([]string, len(args))
				for i, a := range args {
					quoted[i] = tt.quote(a)
				}
				got := CutCommand(strings.Join(quoted, " "), tt.windows)
				if got.Doubt != "" || !slices.Equal(got.Args(), args) {
					t.Fatalf("%q came back as %q, doubt %q", args, got.Args(), got.Doubt)
				}
			})
		})
	}
}

// quoteWindows quotes one argument as CommandLineToArgvW needs it.
func quoteWindows(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	slashes := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			slashes++
			continue
		case '"':
			b.WriteString(strings.Repeat(`\`, 2*slashes+1))
		default:
			b.WriteString(strings.Repeat(`\`, slashes))
		}
		slashes = 0
		b.WriteByte(s[i])
	}
	b.WriteString(strings.Repeat(`\`, 2*slashes))
	b.WriteByte('"')
	return b.String()
}

// TestNoCharacterOfACommandIsLost draws lines of up to 8,000 characters with every
// kind of hostile one: the pieces of the words are the line, and what is cut is the
// line without its marks and blanks.
func TestNoCharacterOfACommandIsLost(t *testing.T) {
	t.Parallel()
	hostile := rapid.SampledFrom([]string{" ", "\t", "\n", `"`, "'", `\`, "a", "-", "\x00", "\x1b[2J", "\x9b", "\u202e", "\u200b", "\ufeff",
		"\u2028", "\u3164", "\xff", "\xc3", "ä", "東", "e\u0301", "👩\u200d💻", "⟦", "^", "`", "$(", "%TEMP%"})
	rapid.Check(t, func(t *rapid.T) {
		line := strings.Join(rapid.SliceOfN(hostile, 0, 40).Draw(t, "pieces"), "")
		if line != "" {
			line = strings.Repeat(line, rapid.IntRange(1, max(1, 8000/len(line))).Draw(t, "times"))
		}
		checkKept(t, line)
	})
}

func FuzzSplitCommand(f *testing.F) {
	for _, s := range []string{"", `a "b`, `\`, `"\`, "a\x00b", `'"'"'`, `"a""b" c`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) { checkKept(t, line) })
}

func checkKept(t interface {
	Helper()
	Fatalf(string, ...any)
}, line string) {
	t.Helper()
	for _, windows := range []bool{false, true} {
		c := CutCommand(line, windows)
		if raw := rawOf(c); raw != line && len(c.Words) > 0 {
			t.Fatalf("the pieces of %q are %q", line, raw)
		}
		if got, want := letters(strings.Join(c.Args(), "")), letters(line); got != want {
			t.Fatalf("letters of %q became %q", want, got)
		}
	}
}

// letters is s without what quoting may take away, byte by byte: what is not UTF-8
// must pass as well.
func letters(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(" \t\n\"'\\", s[i]) < 0 {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

func TestJustificationOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, raw, text string
		rest            []Fact
	}{
		{"a text is itself", "Need to install an update", "Need to install an update", nil},
		{"an object has its text, and the others in their order", `{"ticket": "INC0012345", "text": "Ticket \u0041", "n": {"a": [1]}}`, "Ticket A",
			[]Fact{{"justification", "ticket", "INC0012345"}, {"justification", "n", `{"a": [1]}`}}},
		{"an object without text is itself", `{"ticket": "X"}`, `{"ticket": "X"}`, nil},
		{"a text that is no text is shown as it came", `{"text": 7}`, `{"text": 7}`, nil},
		{"null is no text", `{"text": null}`, `{"text": null}`, nil},
		{"a member that stands twice hides nothing", `{"text": "fine", "text": "not"}`, `{"text": "fine", "text": "not"}`, nil},
		{"something behind the object hides nothing", `{"text": "fine"} or not`, `{"text": "fine"} or not`, nil},
		{"a half object is itself", `{"text": "fine"`, `{"text": "fine"`, nil},
		{"a list is itself", `["text"]`, `["text"]`, nil},
		{"nothing is nothing", "", "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text, rest := JustificationOf(tt.raw)
			if text != tt.text || !slices.Equal(rest, tt.rest) {
				t.Errorf("JustificationOf(%q) = %q, %v; want %q, %v", tt.raw, text, rest, tt.text, tt.rest)
			}
		})
	}
}

func TestEvidenceListsWhatIsReportedAndWhatIsMissing(t *testing.T) {
	t.Parallel()
	e := EndpointRequest{Facts: []Fact{{GroupApplication, "Publisher", "Vendor"}, {GroupAccount, KeyDomain, ""}, {GroupAccount, KeyUser, "carol"}}}
	var got []string
	for _, l := range e.Evidence() {
		state := "missing"
		if l.Reported {
			state = "reported"
		}
		got = append(got, l.Key+"="+l.Value+" "+state)
	}
	want := []string{"Username=carol reported", "Domainname= reported", "MachineName= missing", "FileName= missing", "FilePath= missing",
		"CommandLine= missing", "Description= missing", "FileHash= missing", "Publisher=Vendor reported"}
	if !slices.Equal(got, want) {
		t.Errorf("Evidence lists %q, want %q", got, want)
	}
	if _, ok := (EndpointRequest{Facts: []Fact{{GroupAccount, KeyUser, "a"}, {GroupAccount, KeyUser, "b"}}}).Fact(GroupAccount, KeyUser); ok {
		t.Error("a key with two values counts as reported")
	}
}
