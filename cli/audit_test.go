package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/store"
)

// hostile are texts that end a cell, a line, a field or a string, or begin a formula.
func hostile() []string {
	return []string{"=HYPERLINK(\"http://x\",\"y\")", "+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "a|b\\c=d", "line\nCEF:0|x", "\x1b]0;x\a",
		"\u202egpj", "\"quoted\", and more", "'already", "plain", ""}
}

func TestNoCellOfASheetIsAFormula(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w, err := auditWriterFor("csv", &b)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.begin(time.Now(), store.AuditSpan{}); err != nil {
		t.Fatal(err)
	}
	for _, s := range hostile() {
		if err := w.entry(store.AuditRecord{Seq: 1, Action: s, Object: s, Detail: s}, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.end(0, 0); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != len(hostile())+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if strings.ContainsAny(cell, "\n\r\t\x1b\u202e") {
				t.Errorf("%q hides something", cell)
			}
			if trimmed := strings.TrimLeft(cell, " '"); trimmed != "" && strings.ContainsAny(trimmed[:1], "=+-@") && !strings.HasPrefix(cell, "'") {
				t.Errorf("%q is a formula", cell)
			}
		}
	}
}

// event is one line of the Common Event Format: seven fields and the extensions.
var event = regexp.MustCompile(`^CEF:0((?:\|(?:[^|\\]|\\[|\\])*){6})\|(.*)$`)

func TestEveryEventIsOneLineWithItsFields(t *testing.T) {
	t.Parallel()
	for _, s := range hostile() {
		var b bytes.Buffer
		w, err := auditWriterFor("cef", &b)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.entry(store.AuditRecord{Seq: 7, Actor: "p1", Action: "request." + s, Object: s, Detail: s, Hash: "aa"}, s); err != nil {
			t.Fatal(err)
		}
		line, ended := strings.CutSuffix(b.String(), "\n")
		parts := event.FindStringSubmatch(line)
		if !ended || parts == nil || strings.ContainsAny(line, "\n\r\x1b\u202e") {
			t.Errorf("%q becomes %q", s, b.String())
			continue
		}
		// An equals sign that is not escaped stands behind a key and nowhere else.
		keys := regexp.MustCompile(`(?:^| )(\w+)=`).FindAllStringSubmatch(parts[2], -1)
		bare := strings.Count(parts[2], "=") - strings.Count(parts[2], `\=`)
		if len(keys) != bare || keys[0][1] != "rt" {
			t.Errorf("%q becomes %d keys and %d signs: %q", s, len(keys), bare, parts[2])
		}
	}
}

func TestAnExportIsVerifiedByAnotherProgram(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is not here")
	}
	c := newCaller(t)
	dir := t.TempDir()
	verify := func(content string, more ...string) string {
		path := filepath.Join(dir, "audit.jsonl")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		// The exit code is 1 for a chain that is broken, and the output says why.
		out, _ := exec.CommandContext(t.Context(), python, append(append([]string{"../docs/verify-audit.py"}, more...), path)...).CombinedOutput()
		return strings.TrimPrefix(string(out), path+": ")
	}
	whole := c.call(CodeOK, "audit", "export", "--texts")
	if said := verify(whole); !strings.HasPrefix(said, "intact: entries 1 to ") || !strings.Contains(said, "signed to entry") || strings.Contains(said, "not signed") {
		t.Fatalf("a whole export: %s", said)
	}
	var chain chainJSON
	if err := json.Unmarshal([]byte(c.call(CodeOK, "audit", "verify", "--json")), &chain); err != nil {
		t.Fatal(err)
	}
	if said := verify(whole, "--key", chain.Key); !strings.HasPrefix(said, "intact") || !strings.Contains(said, chain.Key) {
		t.Errorf("with the key that verify tells: %s", said)
	}
	if c.call(CodeBroken, "audit", "verify", "--key", "SHA256:another"); chain.Signed != chain.Entries {
		t.Errorf("the export did not sign the end: %+v", chain)
	}
	lines := strings.SplitAfter(whole, "\n")
	text := regexp.MustCompile(`"text":"[^"\\]`)
	for _, tt := range []struct{ name, content, want string }{
		{"an entry is left out", strings.Join(append(append([]string{}, lines[:5]...), lines[6:]...), ""), "entry 5 is missing"},
		{"the end is cut off", strings.Join(lines[:20], ""), "the export is cut short"},
		{"an entry is changed", strings.Replace(whole, `"action":"request.approve"`, `"action":"request.deny"`, 1), "it was changed"},
		{"a text is changed", text.ReplaceAllString(whole, `"text":"#`), "is not the one that was written"},
		{"a checkpoint is changed", strings.Replace(whole, `"sig":"`, `"sig":"AA`, 1), ""},
		{"a line is garbled", lines[0] + "x" + strings.Join(lines[1:], ""), "line 2 cannot be read"},
	} {
		if said := verify(tt.content); !strings.HasPrefix(said, "broken: ") || !strings.Contains(said, tt.want) {
			t.Errorf("%s: %s, want %q", tt.name, said, tt.want)
		}
	}
	var out, told bytes.Buffer
	if code := c.run(t.Context(), &bytes.Buffer{}, &out, &told, "audit", "export", "--after", "20", "--to", "5d"); code != CodeOK {
		t.Fatalf("exit code %d: %s", code, told.String())
	}
	part := out.String()
	if said := verify(part); !strings.HasPrefix(said, "intact: entries 21 to ") || !strings.Contains(said, "; none of them is signed: ") || strings.Contains(said, "after 0") {
		t.Errorf("a part: %s", said)
	}
	if !strings.Contains(told.String(), "none of them is signed: ") || strings.Contains(told.String(), "after 0") {
		t.Errorf("what is said of a part: %s", told.String())
	}
	heads := filepath.Join(filepath.Dir(c.conf), "queue", "audit-heads.log")
	// Whoever cuts the end off an export can also write into its head why it ends there.
	end := func(cut string) string {
		return fmt.Sprintf(`{"type":"end","entries":%d,"checkpoints":0}`+"\n", strings.Count(cut, `{"type":"entry"`))
	}
	cut := strings.Join(lines[:20], "")
	for _, tt := range []struct{ name, content, want string }{
		{"the end is cut off", cut + end(cut), "the end was cut off"},
		{"with a bound that never was", strings.Replace(cut, `"made"`, `"to":"2999-01-01T00:00:00Z","made"`, 1) + end(cut), "the end was cut off"},
		{"with a bound and lines in another order", strings.ReplaceAll(strings.Replace(cut, `"made"`, `"to":"2999-01-01T00:00:00Z","made"`, 1), `{"type":"entry",`, `{ "type":"entry",`) +
			end(cut), "the end was cut off"},
		{"the beginning is cut off", lines[0] + strings.Join(lines[5:], ""), "entry 1 is missing"},
		{"what lies before is not what was asked for", strings.Replace(whole, `"made"`, `"after":3,"made"`, 1), "entry 4 is missing"},
		{"without its head", strings.Join(lines[1:], ""), "its first line"},
		{"a number that is none", strings.Replace(whole, `"seq":5,`, `"seq":5.5,`, 1), "cannot be read"},
		{"a number beyond 64 bits", strings.Replace(whole, `"seq":5,`, `"seq":99999999999999999999,`, 1), "cannot be read"},
	} {
		if said := verify(tt.content, "--heads", heads, "--key", chain.Key); !strings.HasPrefix(said, "broken: ") || !strings.Contains(said, tt.want) {
			t.Errorf("%s: %s, want %q", tt.name, said, tt.want)
		}
	}
	if none := c.call(CodeOK, "audit", "export", "--after", fmt.Sprint(chain.Entries+1)); !strings.HasPrefix(verify(none, "--heads", heads), "intact: no entries") {
		t.Errorf("nothing new, with all checkpoints: %s", verify(none, "--heads", heads))
	}
	if said := verify(part, "--heads", heads); !strings.Contains(said, "ends before ") || !strings.Contains(said, "on purpose") {
		t.Errorf("a part does not say that it ends on purpose: %s", said)
	}
	if said := verify(part, "--heads", heads); !strings.HasPrefix(said, "intact: entries 21 to ") {
		t.Errorf("a part, with later checkpoints: %s", said)
	}
	if said := verify(whole, "--heads", heads); !strings.HasPrefix(said, "intact: entries 1 to ") {
		t.Errorf("with the checkpoints beside the queue: %s", said)
	}
	if plain := c.call(CodeOK, "audit", "export", "--format", "jsonl"); strings.Contains(plain, `"texts":`) {
		t.Error("an export has texts that nobody asked for")
	}
	if exported := c.call(CodeOK, "audit", "list", "action:audit.export"); strings.Count(exported, "with texts") != 1 {
		t.Errorf("the export with texts is not in the audit once:\n%s", exported)
	}
	c.write("kept.log", whole)
	c.call(CodeOK, "audit", "verify", "--heads", filepath.Join(filepath.Dir(c.conf), "kept.log"), "--key", chain.Key)
	for _, wrong := range [][]string{{"--format", "xml"}, {"--texts", "--format", "csv"}, {"--from", "soon"}} {
		c.call(CodeUsage, append([]string{"audit", "export"}, wrong...)...)
	}
	c.call(CodeUsage, "audit", "verify", "--heads", heads+".none")
}
