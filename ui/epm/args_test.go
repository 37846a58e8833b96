package epm

import (
	"slices"
	"strings"
	"testing"

	"countersign/model"

	"pgregory.net/rapid"
)

func TestSplitPOSIX(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, line string
		want       []string
		open       bool
	}{
		{"words stand between blanks", "apt-get install nginx", []string{"apt-get", "install", "nginx"}, false},
		{"blanks in a row and at the ends make no words", "  a \t b\n", []string{"a", "b"}, false},
		{"an empty line has no words", "", nil, false},
		{"double marks hold a word together", `--flag="a b"`, []string{"--flag=a b"}, false},
		{"single marks hold everything together", `sh -c 'rm -rf "$HOME"; ls \'`, []string{"sh", "-c", `rm -rf "$HOME"; ls \`}, false},
		{"two marks are an empty word", `a "" ''`, []string{"a", "", ""}, false},
		{"a backslash takes the meaning from the next character", `a\ b \"c\"`, []string{"a b", `"c"`}, false},
		{"inside double marks it does so only for a few", `"\$x \n \\ \""`, []string{`$x \n \ "`}, false},
		{"nothing is expanded", "ls $HOME * ~", []string{"ls", "$HOME", "*", "~"}, false},
		{"operators stay characters", "a;b | c && d", []string{"a;b", "|", "c", "&&", "d"}, false},
		{"marks in the middle join the words", `a"b c"'d e'f`, []string{"ab cd ef"}, false},
		{"an open mark is told", `say "hello`, []string{"say", "hello"}, true},
		{"a last backslash is told and kept", `a\`, []string{`a\`}, true},
		{"other scripts and control characters pass", "x\u202egnp.exe \x1b[2J", []string{"x\u202egnp.exe", "\x1b[2J"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, closed := splitPOSIX(tt.line)
			if !slices.Equal(got, tt.want) || closed == tt.open {
				t.Errorf("splitPOSIX(%q) = %q, closed %v; want %q, %v", tt.line, got, closed, tt.want, !tt.open)
			}
		})
	}
}

func TestSplitWindows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, line string
		want       []string
		open       bool
	}{
		{"words stand between blanks", "/quiet /norestart", []string{"/quiet", "/norestart"}, false},
		{"an empty line has no words", "", nil, false},
		{"backslashes are letters", `C:\Temp\x.msi \\server\share`, []string{`C:\Temp\x.msi`, `\\server\share`}, false},
		{"marks hold a word together", `"C:\Program Files\x" y`, []string{`C:\Program Files\x`, "y"}, false},
		{"a single mark is a letter", `'a b'`, []string{"'a", "b'"}, false},
		{"an odd backslash makes a mark a letter", `a\"b "c\"d"`, []string{`a"b`, `c"d`}, false},
		{"two backslashes before a mark are one and the mark counts", `"C:\dir\\" x`, []string{`C:\dir\`, "x"}, false},
		{"three are one and a letter", `a\\\"b c`, []string{`a\"b`, "c"}, false},
		{"two marks inside a quotation are one", `"a""b" c`, []string{`a"b`, "c"}, false},
		{"two marks alone are an empty word", `a "" b`, []string{"a", "", "b"}, false},
		{"a line feed is a letter", "a\nb", []string{"a\nb"}, false},
		{"an open mark reaches to the end and is told", `"a b`, []string{"a b"}, true},
		{"the mark of a directory that ends in a backslash is told", `"C:\dir\" x`, []string{`C:\dir" x`}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, closed := splitWindows(tt.line)
			if !slices.Equal(got, tt.want) || closed == tt.open {
				t.Errorf("splitWindows(%q) = %q, closed %v; want %q, %v", tt.line, got, closed, tt.want, !tt.open)
			}
		})
	}
}

func TestWindowsProgramTakesBackslashesAsLetters(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ line, program, rest string }{
		{`"C:\Program Files\App\" /q`, `C:\Program Files\App\`, "/q"},
		{`mmc.exe`, "mmc.exe", ""},
		{`C:\x\"y z".exe a b`, `C:\x\y z.exe`, "a b"},
		{"", "", ""},
	} {
		program, rest := windowsProgram(tt.line)
		if program != tt.program || rest != tt.rest {
			t.Errorf("windowsProgram(%q) = %q, %q; want %q, %q", tt.line, program, rest, tt.program, tt.rest)
		}
	}
}

func TestCutChoosesTheRulesOfThePlatform(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, path, file, line string
		rules                  rules
		want                   []string
	}{
		{"a path with slashes is POSIX", "/usr/bin", "sudo", `echo 'a b'`, posixRules, []string{"echo", "a b"}},
		{"a path with a drive is Windows", `C:\Windows`, "regedit.exe", `'a b'`, windowsRules, []string{"'a", "b'"}},
		{"a slash wins over an ending", "/opt/wine", "x.exe", `'a b'`, posixRules, []string{"a b"}},
		{"an ending tells where the path is missing", "", "Setup.EXE", `'a b'`, windowsRules, []string{"'a", "b'"}},
		{"a drive in the command tells at last", "", "", `copy C:\a 'b`, windowsRules, []string{"copy", `C:\a`, "'b"}},
		{"nothing known is POSIX", "", "", "a b", posixRules, []string{"a", "b"}},
		{"a whole command line is cut with the program's own rule", `C:\Tools`, "app.exe", `"C:\Tools\app.exe" "x\\" y`, windowsRules, []string{`C:\Tools\app.exe`, `x\`, "y"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := model.EndpointRequest{Facts: []model.Fact{
				{Group: groupApplication, Key: keyPath, Value: tt.path},
				{Group: groupApplication, Key: keyFile, Value: tt.file},
			}}
			got := cut(tt.line, r)
			if got.rules != tt.rules || !slices.Equal(got.args, tt.want) {
				t.Errorf("cut(%q) = %v %q, want %v %q", tt.line, got.rules, got.args, tt.rules, tt.want)
			}
		})
	}
}

// TestQuotedArgumentsComeBack quotes arguments as each platform's programs do
// and cuts the line again.
func TestQuotedArgumentsComeBack(t *testing.T) {
	t.Parallel()
	posix := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	for _, tt := range []struct {
		name  string
		quote func(string) string
		split func(string) ([]string, bool)
	}{
		{"POSIX", posix, splitPOSIX},
		{"Windows", quoteWindows, splitWindows},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				args := rapid.SliceOfN(rapid.StringMatching(`[a-z "'\\;$*\x{202E}ä]{0,12}`), 1, 6).Draw(t, "args")
				quoted := make([]string, len(args))
				for i, a := range args {
					quoted[i] = tt.quote(a)
				}
				got, closed := tt.split(strings.Join(quoted, " "))
				if !closed || !slices.Equal(got, args) {
					t.Fatalf("%q came back as %q, closed %v", args, got, closed)
				}
			})
		})
	}
}

// quoteWindows quotes one argument as the rules of the C runtime need it.
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

// FuzzSplit makes sure that no command line is lost or panics: what is cut is
// the line without its marks and blanks.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", `a "b`, `\`, `"\`, "a\x00b", `'"'"'`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, split := range []func(string) ([]string, bool){splitPOSIX, splitWindows} {
			args, _ := split(line)
			if got, want := letters(strings.Join(args, "")), letters(line); got != want {
				t.Errorf("letters of %q became %q", want, got)
			}
		}
	})
}

// letters is s without what quoting may take away, byte by byte: what is not
// UTF-8 must pass as well.
func letters(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if strings.IndexByte(" \t\n\"'\\", s[i]) < 0 {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
