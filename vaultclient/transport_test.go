package vaultclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// serve starts a service that answers every call the same way.
func serve(t *testing.T, code int, body string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T, o Options) *Client {
	t.Helper()
	o.Key = replayKey
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.plan = []time.Duration{0}
	return c
}

const okServer = `{"command":"server","data":null,"message":"https://keepersecurity.com","status":"success"}`

func secureServer(t *testing.T) (s *httptest.Server, caFile string) {
	t.Helper()
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, okServer) }))
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(caFile, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return s, caFile
}

func TestTLSIsVerified(t *testing.T) {
	t.Parallel()
	s, caFile := secureServer(t)
	plain := serve(t, 200, okServer)
	pin := Fingerprint(s.Certificate())
	otherPin := strings.Repeat("ab", 32)
	colons := "sha256:" + strings.ToUpper(pin[:2]) + ":" + pin[2:]
	for _, tt := range []struct {
		name string
		o    Options
		want error // nil for a good connection
	}{
		{"an unknown authority is refused", Options{URL: s.URL}, ErrAuthority},
		{"the authority's file is believed", Options{URL: s.URL, CAFile: caFile}, nil},
		{"the right pin is believed", Options{URL: s.URL, Pin: pin}, nil},
		{"a pin may have colons and capitals", Options{URL: s.URL, Pin: colons}, nil},
		{"another pin is refused", Options{URL: s.URL, Pin: otherPin}, ErrPin},
		{"https to a plain service is named", Options{URL: "https" + strings.TrimPrefix(plain.URL, "http")}, ErrNotTLS},
		{"another name than the certificate's is refused", Options{URL: strings.Replace(s.URL, "127.0.0.1", "localhost", 1), CAFile: caFile}, ErrTLS},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := client(t, tt.o)
			name, err := c.Server(t.Context())
			if tt.want == nil {
				if err != nil || name != region {
					t.Errorf("Server = %q, %v", name, err)
				}
				return
			}
			if !errors.Is(err, tt.want) || !errors.Is(err, ErrTLS) {
				t.Errorf("Server = %v, want %v", err, tt.want)
			}
			if _, err := c.Submit(t.Context(), share(alice, rz)); !errors.Is(err, tt.want) || errors.Is(err, ErrMaybeQueued) {
				t.Errorf("Submit = %v, want %v and surely not queued", err, tt.want)
			}
		})
	}
}

func TestHTTPToATLSServiceSaysSoInTheAdvice(t *testing.T) {
	t.Parallel()
	s, _ := secureServer(t)
	c := client(t, Options{URL: "http" + strings.TrimPrefix(s.URL, "https")})
	if _, err := c.Server(t.Context()); err == nil || !strings.Contains(Advice(err), "https://") {
		t.Errorf("Server = %v, advice %q", err, Advice(err))
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	good := Options{URL: "https://vault.example.com:8900", Key: replayKey}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Options){
		"no address":             func(o *Options) { o.URL = "" },
		"another scheme":         func(o *Options) { o.URL = "ftp://vault" },
		"a user in the address":  func(o *Options) { o.URL = "https://u:p@vault" },
		"a query":                func(o *Options) { o.URL += "?x=1" },
		"no key":                 func(o *Options) { o.Key = "" },
		"a key with a line feed": func(o *Options) { o.Key = "abc\nX: y" },
		"a short sealing key":    func(o *Options) { o.EncryptionKey = "short" },
		"a pin and a file":       func(o *Options) { o.Pin, o.CAFile = strings.Repeat("a", 64), empty },
		"a short pin":            func(o *Options) { o.Pin = "abcd" },
		"no such file":           func(o *Options) { o.CAFile = empty + "x" },
		"a file without any":     func(o *Options) { o.CAFile = empty },
		"a pin without https":    func(o *Options) { o.URL, o.Pin = "http://vault", strings.Repeat("a", 64) },
		"not a version":          func(o *Options) { o.Version = "newest" },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s: New = nil", name)
		} else if o.Key != "" && strings.Contains(err.Error(), string(o.Key)) {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

func TestKeyCrossingANetworkInTheClearIsKnown(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{
		"http://vault.example.com": true, "http://192.0.2.1:8900": true, "http://127.0.0.1:8900": false, "http://[::1]:8900": false,
		"http://localhost:1": false, "https://vault.example.com": false,
	} {
		if got := client(t, Options{URL: url}).InTheClear(); got != want {
			t.Errorf("InTheClear(%s) = %t", url, got)
		}
	}
}

func TestRedirectsAndProxiesDoNotGetTheKey(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("http_proxy", "http://127.0.0.1:1")
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("called %s", r.URL) }))
	defer elsewhere.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	c := client(t, Options{URL: s.URL})
	if _, err := c.Server(t.Context()); !errors.Is(err, ErrNotService) {
		t.Errorf("Server = %v, want ErrNotService", err)
	}
	if _, err := c.Submit(t.Context(), share(alice, rz)); !errors.Is(err, ErrNotService) || errors.Is(err, ErrMaybeQueued) {
		t.Errorf("Submit = %v", err)
	}
}

func TestSubmitTellsSurelyNotSentFromMaybeQueued(t *testing.T) {
	t.Parallel()
	const nobody = "http://127.0.0.1:1" // a port of the system, so that no other test gets it meanwhile
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	}))
	t.Cleanup(cut.Close)
	answering := func(code int, body string) string { return serve(t, code, body).URL }
	for _, tt := range []struct {
		name  string
		url   string
		kind  error
		maybe bool
	}{
		{"nobody listens", nobody, ErrUnreachable, false},
		{"the connection is cut", cut.URL, ErrUnreachable, true},
		{"the queue is full", answering(503, `{"error":"Error: Request queue is full. Please try again later.","status":"error"}`), ErrQueueFull, false},
		{"the limit is reached", answering(429, limitedBody), ErrRateLimited, false},
		{"the key is refused", answering(401, `{"error":"Please provide a valid api key","status":"error"}`), ErrKeyRefused, false},
		{"the command is not permitted", answering(403, `{"error":"Not permitted to perform this function","status":"error"}`), ErrNotPermitted, false},
		{"there is no queue", answering(404, missingPage), ErrQueueOff, false},
		{"a proxy gives up", answering(502, "<html></html>"), ErrNotService, true},
		{"a proxy is overloaded", answering(503, "upstream connect error"), ErrNotService, true},
		{"the service stumbles", answering(500, `{"error":"something","status":"error"}`), ErrNotService, true},
		{"the answer is garbage", answering(202, `{"request_id":`), ErrNotService, true},
		{"the answer is bytes that mean nothing", answering(200, strings.Repeat("\xff\x00", 20)), ErrEncrypted, true},
		{"the answer has no id", answering(202, `{"success":true}`), ErrNotService, true},
		{"the id is no id", answering(202, `{"request_id":"../../x"}`), ErrNotService, true},
		{"the answer is another", answering(200, `{"status":"ok"}`), ErrNotService, true},
		{"the body was not JSON for it", answering(500, `{"error":"400 Bad Request: The browser (or proxy) sent a request that this server could not understand."}`), ErrRefusedRequest, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := client(t, Options{URL: tt.url}).Submit(t.Context(), share(alice, rz))
			if !errors.Is(err, tt.kind) || errors.Is(err, ErrMaybeQueued) != tt.maybe {
				t.Errorf("Submit = %v, want %v, maybe queued %t", err, tt.kind, tt.maybe)
			}
			if Advice(err) == "" || strings.Contains(err.Error(), replayKey) {
				t.Errorf("advice %q for %v", Advice(err), err)
			}
		})
	}
}

func TestNoCallIsSentTwice(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		io.Copy(io.Discard, r.Body)
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(cut.Close)
	c := client(t, Options{URL: cut.URL})
	if _, err := c.Submit(t.Context(), share(alice, rz)); !errors.Is(err, ErrMaybeQueued) || calls.Load() != 1 {
		t.Errorf("Submit = %v after %d calls", err, calls.Load())
	}
	if _, err := c.Server(t.Context()); !errors.Is(err, ErrUnreachable) || calls.Load() != 2 {
		t.Errorf("Server = %v after %d calls", err, calls.Load()-1)
	}
}

func TestARefusalThatEchoesTheCommandShowsNoSecret(t *testing.T) {
	t.Parallel()
	const canary = "S3cret-9c1f"
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(w).Encode(map[string]string{"error": "blocked: " + string(body), "status": "error"})
	}))
	t.Cleanup(s.Close)
	for version, value := range map[string]string{"18.0.13": base64.StdEncoding.EncodeToString([]byte(canary)), "": canary} {
		_, err := client(t, Options{URL: s.URL, Version: version}).Submit(t.Context(), add(Field{Type: "password", Value: Text(canary)}))
		if !errors.Is(err, ErrRefusedRequest) || !strings.Contains(err.Error(), "blocked") || strings.Contains(err.Error(), value) {
			t.Errorf("service %q: %v", version, err)
		}
	}
	_, err := client(t, Options{URL: s.URL}).Submit(t.Context(), RecordAdd{Title: "t", Type: "login", Marker: "REQ0012345", Notes: NewSecret("a<b>'" + canary)})
	if !errors.Is(err, ErrRefusedRequest) || strings.Contains(err.Error(), canary) {
		t.Errorf("escaped: %v", err)
	}
}

func TestASubmitThatIsNotAnsweredInTimeMayBeQueued(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		close(arrived)
		<-r.Context().Done()
	}))
	defer s.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := client(t, Options{URL: s.URL}).Submit(ctx, share(alice, rz))
	if !errors.Is(err, ErrNoAnswer) || !errors.Is(err, ErrMaybeQueued) || !errors.Is(err, context.Canceled) {
		t.Errorf("Submit = %v", err)
	}
	if _, err := client(t, Options{URL: s.URL}).Submit(ctx, share(alice, rz)); !errors.Is(err, context.Canceled) || errors.Is(err, ErrMaybeQueued) {
		t.Errorf("Submit with an ended context = %v", err)
	}
}

func TestAnswersBeyondTheLimitAreRefused(t *testing.T) {
	t.Parallel()
	body := `{"command":"server","message":"` + strings.Repeat("x", 1000) + `","status":"success"}`
	chunked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for part := range bytes.Lines([]byte(strings.ReplaceAll(body, ",", ",\n"))) {
			w.Write(part)
			w.(http.Flusher).Flush()
		}
	}))
	defer chunked.Close()
	for _, url := range []string{serve(t, 200, body).URL, chunked.URL} {
		if _, err := client(t, Options{URL: url, MaxAnswer: 1000}).Server(t.Context()); !errors.Is(err, ErrTooLarge) {
			t.Errorf("Server = %v, want ErrTooLarge", err)
		}
		if name, err := client(t, Options{URL: url, MaxAnswer: 2000}).Server(t.Context()); err != nil || len(name) != 1000 {
			t.Errorf("Server = %d bytes, %v", len(name), err)
		}
	}
}

func TestSealedAnswersNeedTheRightKey(t *testing.T) {
	t.Parallel()
	tr := readTranscript(t, "testdata/transcripts/encrypted.json")
	s := serve(t, 200, string(tr.Steps[0].Response.Base64))
	for _, key := range []Credential{"", Credential(strings.Repeat("x", 32))} {
		_, err := client(t, Options{URL: s.URL, EncryptionKey: key}).Server(t.Context())
		if !errors.Is(err, ErrEncrypted) {
			t.Errorf("Server with a key of %d characters = %v, want ErrEncrypted", len(key), err)
		}
	}
	if name, err := newReplayClient(t, s.URL, "ABCDEFGHIJKLMNOPQRSTUVWX12345678").Server(t.Context()); err != nil || name != region {
		t.Errorf("Server = %q, %v", name, err)
	}
}

func TestWhatIsNotTheServiceIsNamed(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"a page": "<html>welcome</html>", "nothing": "", "an array": `["a"]`, "a number": "7", "half an object": `{"message":`,
		"text": "hello", "two objects": `{}{}`,
	} {
		_, err := client(t, Options{URL: serve(t, 200, body).URL}).Server(t.Context())
		if !errors.Is(err, ErrNotService) {
			t.Errorf("%s: Server = %v, want ErrNotService", name, err)
		}
		if garbled := name == "nothing" || name == "half an object" || name == "two objects"; errors.Is(err, ErrGarbled) != garbled {
			t.Errorf("%s: Server = %v", name, err)
		}
	}
}

func TestEachCallHasItsOwnConnection(t *testing.T) {
	t.Parallel()
	conns := make(chan net.Conn, 10)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, okServer) }))
	s.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns <- c
		}
	}
	s.Start()
	defer s.Close()
	c := client(t, Options{URL: s.URL})
	for range 3 {
		if _, err := c.Server(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(conns) != 3 {
		t.Errorf("%d connections for 3 calls", len(conns))
	}
}

func TestPinIsCheckedAgainstTheLeaf(t *testing.T) {
	t.Parallel()
	if err := checkPin(tls.ConnectionState{}, make([]byte, 32)); !errors.Is(err, ErrPin) {
		t.Errorf("checkPin without a certificate = %v", err)
	}
}
