package vaultsim

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const transcripts = "../testdata/transcripts"

// transcript is one recorded file.
type transcript struct {
	Name  string   `json:"name"`
	Flags []string `json:"service_flags"`
	Steps []step   `json:"steps"`
}

type step struct {
	Request *struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		JSON    json.RawMessage   `json:"json"`
		Body    *string           `json:"body"`
	} `json:"request"`
	Response struct {
		Status          int               `json:"status"`
		Headers         map[string]string `json:"headers"`
		JSON            json.RawMessage   `json:"json"`
		Text            *string           `json:"text"`
		Base64          *string           `json:"base64"`
		ConnectionError string            `json:"connection_error"`
	} `json:"response"`
	Note string `json:"note"`
}

// leftOut lists the steps that are not replayed, with the reason.
func leftOut() map[string]string {
	racy := "which of the concurrent callers sees how much of the others' output depends on the scheduler of the recording host"
	return map[string]string{
		"service_log/3":      "not an exchange but the lines that the service wrote to its own log",
		"v1_without_queue/5": racy, "v1_without_queue/6": racy, "v1_without_queue/7": racy,
		"v1_without_queue/8": racy, "v1_without_queue/9": racy,
	}
}

// unordered lists the steps whose lines came out of a Python set, in no particular order.
func unordered() []string {
	return []string{"share_record/26", "share_record/27", "share_folder/19", "get/14"}
}

// sessions lists which recordings were made in one service process, in their order.
func sessions() [][]string {
	return [][]string{
		{"health", "auth", "policy", "body", "read_commands", "get", "share_record", "share_folder", "one_time_share",
			"record_add", "record_update", "epm", "device_approve", "quoting", "filedata", "v2_lifecycle", "v1_with_queue",
			"upstream_faults"},
		{"ip_denied"}, {"ip_not_allowed"}, {"rate_limit_default"}, {"rate_limit_configured"}, {"rate_limit_high"},
		{"queue_full"}, {"queue_expired"}, {"worker_hung"}, {"encrypted"}, {"service_log"}, {"v1_without_queue"},
	}
}

func TestEveryRecordedExchangeIsAnsweredAlike(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(transcripts, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range sessions() {
		names = append(names, s...)
	}
	total := 0
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		if !slices.Contains(names, name) {
			t.Errorf("transcript %s belongs to no session", name)
		}
		total += len(load(t, name).Steps)
	}
	if left := len(leftOut()); left*20 > total {
		t.Errorf("%d of %d steps are left out, more than 5 in 100", left, total)
	}
	for _, session := range sessions() {
		t.Run(session[0], func(t *testing.T) {
			t.Parallel()
			replaySession(t, session)
		})
	}
}

func load(t *testing.T, name string) transcript {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(transcripts, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var tr transcript
	if err := json.Unmarshal(keepSurrogates(raw), &tr); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return tr
}

// recordedOptions turns the flags of the recorded service into options. Latencies and hangs are made by
// faults instead, so that nothing depends on real time.
func recordedOptions(t *testing.T, flags []string) Options {
	t.Helper()
	clock := NewManualClock(RecordedStart())
	opts := Options{Vault: Recorded(clock), Keys: []Key{{Value: RecordedKey}}}
	for i := 0; i+1 < len(flags); i += 2 {
		value := flags[i+1]
		number, _ := strconv.Atoi(value)
		switch flags[i] {
		case "--rate-limit":
			opts.RateLimit = value
		case "--second-key":
			opts.Keys = append(opts.Keys, Key{Value: value})
		case "--limited-key":
			opts.Keys = append(opts.Keys, Key{Value: value, Allow: []string{"search"}})
		case "--expired-key":
			opts.Keys = append(opts.Keys, Key{Value: value, Expires: RecordedStart().Add(-time.Hour)})
		case "--encryption-key":
			opts.EncryptionKey = value
		case "--ip-deny":
			opts.DenyIP = []string{value}
		case "--ip-allow":
			opts.AllowIP = []string{value}
		case "--queue":
			opts.NoQueue = value == "n"
		case "--queue-size":
			opts.QueueSize = number
		case "--queue-timeout":
			opts.QueueTimeout = time.Duration(number) * time.Second
		case "--retention":
			opts.Retention = time.Duration(number) * time.Second
		case "--latency-ms", "--fail-mode", "--fail-count", "--hang-seconds":
		default:
			t.Fatalf("unknown flag %s of the recorded service", flags[i])
		}
	}
	return opts
}

// player replays one session.
type player struct {
	t      *testing.T
	s      *Server
	url    string
	masks  *masks
	calls  map[string]int
	hang   *Armed
	client *http.Client
}

func replaySession(t *testing.T, names []string) {
	opts := recordedOptions(t, load(t, names[0]).Flags)
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	url, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DisableCompression: true}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		transport.CloseIdleConnections()
	})
	p := &player{t: t, s: s, url: url, masks: newMasks(), calls: map[string]int{}, client: &http.Client{Transport: transport}}
	for _, name := range names {
		for i, st := range load(t, name).Steps {
			id := fmt.Sprintf("%s/%d", name, i)
			p.prepare(id)
			if _, skip := leftOut()[id]; skip {
				continue
			}
			p.play(id, st)
		}
	}
}

// prepare brings about what the recording's harness did behind the service's back before a step.
func (p *player) prepare(id string) {
	arm := func(kind FaultKind) *Armed { return p.s.Arm(Fault{Kind: kind, Any: true}) }
	switch id {
	case "v2_lifecycle/0", "queue_full/0", "queue_expired/0":
		p.hang = arm(Hang)
	case "worker_hung/0":
		p.hang = p.s.Arm(Fault{Kind: Hang, Any: true, Then: UpstreamBefore})
	case "v2_lifecycle/2", "queue_full/1", "queue_expired/1", "worker_hung/1":
		<-p.hang.Hit()
	case "v2_lifecycle/9", "queue_expired/4", "worker_hung/6":
		p.hang.Release()
	case "queue_expired/7":
		p.s.Clock().Advance(3 * time.Second)
	case "upstream_faults/0", "upstream_faults/4", "upstream_faults/8", "upstream_faults/12":
		arm(UpstreamAfter)
	case "upstream_faults/2":
		arm(UpstreamBefore)
	case "upstream_faults/14":
		arm(Throttled)
	case "upstream_faults/15":
		arm(CutAfter)
	case "upstream_faults/17":
		p.s.LoseSession()
	case "epm/25":
		for _, n := range []struct{ uid, user, file, why, digest string }{
			{"9OXjI6r82viduXC1lNzIqA", "grace", "new.exe", "new one", "66e359bf659706ed96897"},
			{"Cgj4i1X9R_ZZN3bhK2pj-g", "heidi", "new2.exe", "", "4c38c80b783b9648bf54f7979003cf91c050ca10ee6ebc86e0a67f08a3c86761"},
		} {
			p.s.Clock().Advance(106 * time.Millisecond)
			p.s.Vault().AddApproval(Approval{
				UID: n.uid, Type: "PrivilegeElevation", Agent: "BPsCtGBBvbtS8Sjw2YIluA", ExpireIn: 30, Justification: n.why,
				Account: []Pair{{"Username", n.user}, {"Domainname", ""}, {"MachineName", "HOST-00"}},
				Application: []Pair{{"FileName", n.file}, {"FilePath", `C:\New`}, {"CommandLine", ""}, {"Description", ""},
					{"FileHash", n.digest}},
			})
		}
	case "epm/30":
		p.s.Vault().DecideApproval("Cgj4i1X9R_ZZN3bhK2pj-g", Denied)
	}
}

var callNumber = regexp.MustCompile(`call (\d+)$`)

// play sends one step's request, with the calls before it that the recording left out, and compares.
func (p *player) play(id string, st step) {
	if m := callNumber.FindStringSubmatch(st.Note); m != nil {
		n, _ := strconv.Atoi(m[1])
		kind := st.Request.Path + st.Request.Headers["api-key"]
		for p.calls[kind]++; p.calls[kind] < n; p.calls[kind]++ {
			p.send(id, st)
		}
	}
	// Two v1 callers were recorded waiting longer than the queue's time limit.
	late := id == "queue_expired/2" || id == "worker_hung/3"
	if late {
		go func() {
			p.s.Clock().AwaitWaits(1)
			p.s.Clock().Advance(p.s.opts.QueueTimeout + time.Second)
		}()
	}
	got, header, status, err := p.send(id, st)
	for p.unfinished(st, status, got) {
		runtime.Gosched()
		got, header, status, err = p.send(id, st)
	}
	if st.Response.ConnectionError != "" {
		if err == nil {
			p.t.Errorf("%s: answered %d, want a cut connection", id, status)
		}
		return
	}
	if err != nil {
		p.t.Errorf("%s: %v", id, err)
		return
	}
	p.compare(id, st, status, header, got)
}

// unfinished tells whether a poll came before the worker was as far as in the recording.
func (p *player) unfinished(st step, status int, got []byte) bool {
	switch {
	case strings.HasPrefix(st.Request.Path, "/api/v2/result/"):
		return status == http.StatusAccepted && st.Response.Status != http.StatusAccepted
	case strings.HasPrefix(st.Request.Path, "/api/v2/status/"):
		return bytes.Contains(st.Response.JSON, []byte(`"completed"`)) && !bytes.Contains(got, []byte(`"completed"`)) &&
			status == http.StatusOK
	}
	return false
}

func (p *player) send(id string, st step) (body []byte, header http.Header, status int, err error) {
	p.t.Helper()
	var content io.Reader
	switch {
	case st.Request.Body != nil:
		content = strings.NewReader(*st.Request.Body)
	case len(st.Request.JSON) > 0 && string(st.Request.JSON) != "null":
		content = bytes.NewReader(st.Request.JSON)
	}
	req, err := http.NewRequest(st.Request.Method, p.url+p.masks.ours(st.Request.Path), content)
	if err != nil {
		p.t.Fatalf("%s: %v", id, err)
	}
	for k, v := range st.Request.Headers {
		req.Header[k] = []string{v}
	}
	res, err := p.client.Do(req)
	if err != nil {
		return nil, nil, 0, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return body, res.Header, res.StatusCode, err
}

func (p *player) compare(id string, st step, status int, header http.Header, got []byte) {
	p.t.Helper()
	if status != st.Response.Status {
		p.t.Errorf("%s: status %d, want %d; body %s", id, status, st.Response.Status, clip(string(got)))
		return
	}
	for k, want := range st.Response.Headers {
		if k != "Content-Length" && header.Get(k) != want {
			p.t.Errorf("%s: header %s is %q, want %q", id, k, header.Get(k), want)
		}
	}
	switch {
	case st.Response.Text != nil:
		if string(got) != *st.Response.Text {
			p.t.Errorf("%s: body %q, want %q", id, got, *st.Response.Text)
		}
	case st.Response.Base64 != nil:
		want, err := base64.StdEncoding.DecodeString(*st.Response.Base64)
		if err != nil {
			p.t.Fatalf("%s: %v", id, err)
		}
		p.json(id, p.open(id, want), p.open(id, got))
	default:
		p.json(id, st.Response.JSON, got)
	}
}

// open decrypts an answer: 12 bytes of nonce, then ciphertext and tag.
func (p *player) open(id string, sealed []byte) []byte {
	p.t.Helper()
	n := p.s.cipher.NonceSize()
	if len(sealed) < n {
		p.t.Fatalf("%s: encrypted answer of %d bytes", id, len(sealed))
	}
	plain, err := p.s.cipher.Open(nil, sealed[:n], sealed[n:], nil)
	if err != nil {
		p.t.Fatalf("%s: %v", id, err)
	}
	return plain
}

func (p *player) json(id string, wantRaw, gotRaw []byte) {
	p.t.Helper()
	var want, got any
	if err := json.Unmarshal(wantRaw, &want); err != nil {
		p.t.Fatalf("%s: recorded answer: %v", id, err)
	}
	if err := json.Unmarshal(keepSurrogates(gotRaw), &got); err != nil {
		p.t.Errorf("%s: answer %q: %v", id, clip(string(gotRaw)), err)
		return
	}
	if diff := p.masks.diff("", want, got, slices.Contains(unordered(), id)); diff != "" {
		p.t.Errorf("%s: %s", id, diff)
	}
}

func clip(s string) string {
	if len(s) > 400 {
		return s[:400] + "..."
	}
	return s
}
