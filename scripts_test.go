package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"countersign/cli"
	"countersign/demo"
	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// scene is what the commands of one script share.
type scene struct{ company *demo.Demo }

type sceneKey struct{}

// companyOf is the company that the script has made.
func companyOf(ts *testscript.TestScript) *demo.Demo {
	d := ts.Value(sceneKey{}).(*scene).company
	if d == nil {
		ts.Fatalf("there is no vault yet")
	}
	return d
}

// vault makes a company in the folder queue, with a vault service that answers,
// and the configuration for it, with what further files say. The operating
// system's user may do everything.
func vault(ts *testscript.TestScript, _ bool, args []string) {
	d, err := demo.Start(context.Background(), demo.Options{Dir: ts.MkAbs("queue"), Requests: demo.LeastRequests, Login: ts.Getenv("LOGIN"),
		Rate: "10000/minute"})
	ts.Check(err)
	ts.Defer(func() { ts.Check(d.Close()) })
	ts.Value(sceneKey{}).(*scene).company = d
	d.Vault.SetLatency(0, 0)
	ts.Check(os.WriteFile(ts.MkAbs("key"), []byte(d.Key+"\n"), 0o600))
	conf := fmt.Sprintf("[store]\ndir = \"queue\"\n[vault]\nurl = %q\napi_key_file = \"key\"\ncalls_per_minute = 1000\n[seal]\nrecipients = [%q]\nidentity = \"queue/identity\"\n",
		d.URL, d.Identity.Recipient())
	for _, more := range args {
		conf += ts.ReadFile(more)
	}
	ts.Check(os.WriteFile(ts.MkAbs("config.toml"), []byte(conf), 0o600))
	ts.Setenv("COUNTERSIGN_CONFIG", "config.toml")
	me, err := d.Service().Actor(context.Background(), ts.Getenv("LOGIN"))
	ts.Check(err)
	ts.Setenv("ADDRESS", me.Email)
}

// active waits until a worker works for the company and has read its titles.
func active(ts *testscript.TestScript, _ bool, _ []string) {
	d := companyOf(ts)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	me, err := d.Service().Actor(ctx, ts.Getenv("LOGIN"))
	ts.Check(err)
	changed := d.DB.WatchLive(ctx)
	for {
		found, err := d.Service().Search(ctx, me.ID, "prod", model.TargetRecord)
		if err == nil && !found.Built.IsZero() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			ts.Fatalf("no worker is active: %v", err)
		}
	}
}

// listed waits until a list, as an approver sees it, holds something whose evidence is
// complete: listed epm list waiting carol
func listed(ts *testscript.TestScript, _ bool, args []string) {
	d := companyOf(ts)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	changed, stop := d.Service().Changes()
	defer stop()
	ticker := time.NewTicker(patience / 100)
	defer ticker.Stop()
	for {
		out := must(ts, "dana", append(args, "--json")...)
		if out != "[]\n" && !strings.Contains(out, `"complete": false`) {
			return
		}
		select {
		case <-changed:
		case <-ticker.C:
		case <-ctx.Done():
			ts.Fatalf("%v lists nothing", args)
		}
	}
}

// called runs a command as somebody else of the company, in this process, and
// returns its exit code.
func called(ts *testscript.TestScript, login string, args ...string) (code cli.Code, out, errs string) {
	var stdout, stderr bytes.Buffer
	code = cli.Run(context.Background(), cli.Invocation{Args: append(args, "--config", ts.MkAbs("config.toml")), In: &bytes.Buffer{},
		Out: &stdout, Err: &stderr, Env: func(string) (string, bool) { return "", false },
		Login: func() (string, error) { return login, nil }, Now: time.Now, Zone: time.UTC})
	if found := marked(append(stdout.Bytes(), stderr.Bytes()...)); found != "" {
		ts.Fatalf("%v printed a secret: %s", args, found)
	}
	return code, stdout.String(), stderr.String()
}

// as runs a command as somebody and compares its exit code: as dana 0 list waiting
func as(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	code, out, errs := called(ts, args[0], args[2:]...)
	fmt.Fprint(ts.Stdout(), out)
	fmt.Fprint(ts.Stderr(), errs)
	if int(code) != want {
		ts.Fatalf("exit code %d, want %d:\n%s%s", code, want, out, errs)
	}
}

// read takes a text out of JSON by its path.
func read(ts *testscript.TestScript, printed string, path ...string) string {
	var v any
	ts.Check(json.Unmarshal([]byte(printed), &v))
	for _, key := range path {
		v = v.(map[string]any)[key]
	}
	return fmt.Sprint(v)
}

// must runs a command as somebody that has to go well.
func must(ts *testscript.TestScript, login string, args ...string) string {
	code, out, errs := called(ts, login, args...)
	if code != cli.CodeOK {
		ts.Fatalf("%s: %v: exit code %d:\n%s%s", login, args, code, out, errs)
	}
	return out
}

// approve has somebody read a request and approve it: approve dana REQ0010042
func approve(ts *testscript.TestScript, _ bool, args []string) {
	digest := read(ts, must(ts, args[0], "show", args[1], "--json"), "digest")
	must(ts, args[0], "approve", args[1], "--digest", digest)
}

// run has somebody take the task of a request, read the plan and run exactly
// that, and prints what comes of it: run priya 0 REQ0010042. What goes well is to
// be seen by the requestor, too.
func run(ts *testscript.TestScript, neg bool, args []string) {
	who, number := args[0], args[2]
	must(ts, who, "task", "claim", number)
	digest := read(ts, must(ts, who, "task", "plan", number, "--json"), "digest")
	as(ts, neg, []string{who, args[1], "task", "run", number, "--digest", digest, "--wait", "--json"})
	if args[1] != "0" {
		return
	}
	seen := must(ts, ts.Getenv("LOGIN"), "show", number, "--json")
	if state := read(ts, seen, "state"); state != string(model.ClosedComplete) {
		ts.Fatalf("the requestor sees %s:\n%s", state, seen)
	}
}

// did compares what the vault really did: did share-record PATTERN looks for an
// entry of that kind whose JSON matches.
func did(ts *testscript.TestScript, neg bool, args []string) {
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	var entries []string
	found := false
	for _, e := range companyOf(ts).Vault.Ledger() {
		b, err := json.Marshal(e)
		ts.Check(err)
		entries = append(entries, string(b))
		found = found || string(e.Kind) == args[0] && pattern.Match(b)
	}
	if found == neg {
		ts.Fatalf("%s %s: the vault did\n%s", args[0], args[1], strings.Join(entries, "\n"))
	}
}

// fault arms a fault of the vault service for the next command that begins with
// the words: fault upstream-before share-record
func fault(ts *testscript.TestScript, _ bool, args []string) {
	companyOf(ts).Vault.Arm(vaultsim.Fault{Kind: vaultsim.FaultKind(args[0]), Command: strings.Join(args[1:], " ")})
}

// nowhere fails where a text is in a file of the queue: nowhere TEXT...
func nowhere(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs("queue/*"))
	ts.Check(err)
	for _, secret := range args {
		for _, path := range files {
			text, err := os.ReadFile(path)
			ts.Check(err)
			if bytes.Contains(text, []byte(secret)) {
				ts.Fatalf("%q is in %s", secret, filepath.Base(path))
			}
		}
	}
}

// service starts a vault service over a company's vault, without any queue: its port
// is $PORT, and its key lies in the file key.
func service(ts *testscript.TestScript, _ bool, _ []string) {
	const key = "0123456789012345678901234567890123456789012="
	sim, err := vaultsim.New(vaultsim.Options{Vault: vaultsim.Company(1, vaultsim.NewClock()).Vault, Keys: []vaultsim.Key{{Value: key}}, RateLimit: "10000/minute"})
	ts.Check(err)
	ts.Defer(func() { ts.Check(sim.Close()) })
	address, err := sim.Start()
	ts.Check(err)
	ts.Setenv("PORT", address[strings.LastIndexByte(address, ':')+1:])
	ts.Check(os.WriteFile(ts.MkAbs("key"), []byte(key+"\n"), 0o600))
}

// until waits until a file holds something: until FILE PATTERN
func until(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	ticker := time.NewTicker(patience / 1000)
	defer ticker.Stop()
	late := time.After(patience)
	for {
		text, _ := os.ReadFile(ts.MkAbs(args[0])) // it may not be there yet
		if pattern.Match(text) {
			return
		}
		select {
		case <-ticker.C:
		case <-late:
			ts.Fatalf("%s never held %s:\n%s", args[0], args[1], text)
		}
	}
}
