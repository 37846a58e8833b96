package main

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/cli"
	"countersign/model"
	"countersign/vaultclient/vaultsim"
)

// TestBatchOfEndpointRequestsTellsTheTruthForEach marks 30 requests on the screen,
// three of which have been decided elsewhere meanwhile, and approves them together.
// One more was denied by command. The screen, the commands and the vault then tell the
// same of each; a fifth of them have a UID that looks like an option.
func TestBatchOfEndpointRequestsTellsTheTruthForEach(t *testing.T) {
	t.Parallel()
	f := startFlood(t, surge{requests: 30, rate: "10000/minute", calls: 1000, patience: patience, short: time.Hour})
	for n := range f.requests + 1 {
		f.comes(8 * n) // zoe's, all of them
	}
	worker := f.startWorker()
	t.Cleanup(func() {
		_ = worker.Process.Kill()
		_ = worker.Wait()
	})
	dana := &approver{flood: f, login: "dana", terminal: startNamed(t, 120, 36, "colleague", "dana", "--config", f.conf)}
	dana.wait("4 EPM 31")
	dana.press("4")
	dana.wait("31 waiting")
	f.denyByCommand(f.asked[f.requests])
	dana.wait("30 waiting")
	f.whole()
	dana.settle(guard)
	for i, status := range []string{vaultsim.Approved, vaultsim.Denied, vaultsim.Approved} {
		a := f.asked[5*i] // among them one that begins with -
		if !f.cloud.EndApproval(a.uid, status) {
			t.Fatalf("%s cannot be decided elsewhere", a.uid)
		}
		a.outside = status
	}
	dana.press("*")
	if !dana.ask(model.Approve) {
		t.Fatalf("no page of consent:\n%s", dana.text())
	}
	for range 30 {
		dana.readOn(func(s string) bool { return regexp.MustCompile(`all [0-9]+ requests? read`).MatchString(s) })
	}
	if s, ok := dana.say(model.Approve, "Approve these", ""); !ok {
		t.Fatalf("nothing came of it:\n%s", s)
	}
	dana.press("esc")
	if !f.await() {
		t.Fatalf("not all is over: %s", strings.Join(f.left(), "\n"))
	}
	dana.press("]", "]")
	dana.wait("31 decided, the latest first", "elsewhere")

	got := f.accounts(nil)
	outside := 0
	for _, a := range got.asked {
		view := got.queue[a.uid]
		for _, why := range got.wrongAbout(a, view) {
			t.Errorf("%s: %s: %s, %q", a.uid, why, view.State, view.Outcome)
		}
		if view.State == model.EndpointElsewhere {
			outside++
		}
		f.commandsTell(a, string(view.State), view.Outcome)
	}
	if outside != 3 || !got.intact {
		t.Errorf("%d are told as decided elsewhere, want 3; the audit is intact: %t", outside, got.intact)
	}
}

// whole waits until the evidence of every request that waits is complete: ten of
// them are read in full with each listing, of which there are four in a minute.
func (f *flood) whole() {
	f.t.Helper()
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for enough := time.Now().Add(2 * patience); ; <-look.C {
		cut := 0
		for _, a := range f.asked {
			if view, err := f.svc.EndpointByUID(f.ctx, f.root, a.uid); err != nil || view.State.Open() && !view.Complete {
				cut++
			}
		}
		if cut == 0 {
			return
		}
		if time.Now().After(enough) {
			f.t.Fatalf("the evidence of %d is cut", cut)
		}
	}
}

// shown is what the command tells of a request.
type shown struct{ UID, State, Outcome, Digest string }

// show asks for a request by its UID, which may look like an option.
func (f *flood) show(uid string) shown {
	f.t.Helper()
	var s shown
	if code, out, errs := f.command("epm", "show", uid, "--json"); code != cli.CodeOK {
		f.t.Errorf("show %s: exit code %d: %s", uid, code, errs)
	} else if err := json.Unmarshal([]byte(out), &s); err != nil || s.UID != uid {
		f.t.Errorf("%v: %s", err, out)
	}
	return s
}

// command runs a command as omar.
func (f *flood) command(args ...string) (code cli.Code, printed, said string) {
	var out, errs bytes.Buffer
	code = cli.Run(f.ctx, cli.Invocation{Args: append(args, "--config", f.conf), In: &bytes.Buffer{}, Out: &out, Err: &errs,
		Env: func(string) (string, bool) { return "", false }, Login: func() (string, error) { return "omar", nil }, Now: time.Now, Zone: time.UTC})
	return code, out.String(), errs.String()
}

// denyByCommand denies a request of which not everything is known yet.
func (f *flood) denyByCommand(a *asked) {
	f.t.Helper()
	if a.uid[0] != '-' {
		f.t.Errorf("%s does not look like an option", a.uid)
	}
	digest := f.show(a.uid).Digest
	if code, out, errs := f.command("epm", "deny", a.uid, "--digest", digest, "--comment", "says omar", "--wait", "--json"); code != cli.CodeOK {
		f.t.Errorf("deny %s: exit code %d: %s%s", a.uid, code, out, errs)
	}
	if got := f.show(a.uid); got.State != string(model.EndpointDenied) {
		f.t.Errorf("it is %s: %s", got.State, got.Outcome)
	}
}

// commandsTell compares what the commands say of a request that has ended.
func (f *flood) commandsTell(a asked, state, outcome string) {
	f.t.Helper()
	got := f.show(a.uid)
	if got.State != state || got.Outcome != outcome {
		f.t.Errorf("%+v, want %s: %s", got, state, outcome)
	}
	code, _, errs := f.command("epm", "deny", a.uid, "--digest", got.Digest, "--comment", "too late")
	if code == cli.CodeOK || !strings.Contains(errs, "already") {
		f.t.Errorf("deny %s: exit code %d: %s", a.uid, code, errs)
	}
}
