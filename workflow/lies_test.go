package workflow_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/model"
	"countersign/seal"
	"countersign/vaultadapt"
	"countersign/vaultclient"
	"countersign/vaultclient/vaultsim"
)

// liar stands between us and the service, and changes its answers once it is told to.
type liar struct {
	lie atomic.Pointer[func(string) string]
}

func (l *liar) tells(lie func(string) string) { l.lie.Store(&lie) }
func (l *liar) stops()                        { l.lie.Store(nil) }

// lied puts a liar before the service, and a worker behind it.
func (v *vaultWorld) lied(ids ...seal.Identity) *liar {
	v.t.Helper()
	target, err := url.Parse(v.sim.URL())
	if err != nil {
		v.t.Fatal(err)
	}
	l := &liar{}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		lie := l.lie.Load()
		if lie == nil {
			return nil
		}
		b, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		b = []byte((*lie)(string(b)))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
		r.Header.Set("Content-Length", strconv.Itoa(len(b)))
		return nil
	}
	server := httptest.NewServer(proxy)
	v.t.Cleanup(server.Close)
	traffic := vaultadapt.NewTraffic(v.calls.add)
	client, err := vaultclient.New(vaultclient.Options{URL: server.URL, Key: simKey, Now: v.time.Now, Observe: traffic.Observe,
		Timeout: 5 * time.Second, RunTimeout: 5 * time.Second, Poll: quickly(),
		Budget: vaultclient.NewBudget(vaultclient.BudgetOptions{Limit: 100000}, v.time.Now)})
	if err != nil {
		v.t.Fatal(err)
	}
	v.vault = &crashVault{Vault: vaultadapt.New(client, vaultadapt.Options{Traffic: traffic})}
	v.worker = v.newSealedWorker(v.vault, ids...)
	v.svc.UseWorker(v.worker)
	return l
}

// another is a UID that nothing has.
const another = "AAAAAAAAAAAAAAAAAAAAAA"

// instead returns a lie that puts another UID in the place of one.
func instead(uid string) func(string) string {
	return func(body string) string { return strings.ReplaceAll(body, uid, another) }
}

// A vault that answers about another record proves nothing about ours.
func TestLiesAboutWhichRecordMakeNothingDone(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l := v.lied()
	r, task := v.approved("alice", draft())
	v.fulfil(task)
	v.vault.at("after", "Submit", func() { l.tells(instead(string(prodDB))) })
	v.work()
	for range 5 {
		v.later(time.Minute)
	}
	if op := v.op(r.Number); op.State == model.OpDone || len(v.view("priya", r.Number).Grants) != 0 {
		t.Errorf("while it lies: %s: %s%s", op.State, op.Reason, op.LookingFor)
	}
	l.stops()
	if op := v.settle(r.Number); op.State != model.OpDone {
		t.Errorf("ended as %s: %s", op.State, op.Reason)
	}
}

// A link whose id is not in the list is nobody's: it is not shown, and it does not count
// as made.
func TestLinkThatIsNotListedIsNotShown(t *testing.T) {
	t.Parallel()
	for name, lie := range map[string]func(string) string{
		"another id": func(body string) string {
			return strings.ReplaceAll(body, `"share_link_id":"`, `"share_link_id":"X`)
		},
		"another record": func(body string) string {
			if strings.Contains(body, "share_link_id") {
				return strings.ReplaceAll(body, string(prodDB), another)
			}
			return body
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, id := newSealedWorld(t)
			l := v.lied(id)
			r, task := v.approved("alice", linkDraft())
			v.fulfil(task)
			v.vault.at("after", "Submit", func() { l.tells(spaced(lie)) })
			v.work()
			if op := v.op(r.Number); op.State == model.OpDone || len(v.view("priya", r.Number).Grants) != 0 {
				t.Errorf("while it lies: %s: %s%s", op.State, op.Reason, op.LookingFor)
			}
			if _, err := v.reveal("alice", r.Number); err == nil {
				t.Error("alice is shown a link")
			}
			l.stops()
			for range 40 {
				v.work()
				if v.view("priya", r.Number).Request.State.Closed() {
					break
				}
				v.time.Advance(time.Minute)
			}
			if c := v.view("priya", r.Number); c.Request.State != model.ClosedComplete || len(v.links()) != 1 {
				t.Errorf("the request is %s with %d links", c.Request.State, len(v.links()))
			}
		})
	}
}

// spaced lets a lie be written without the blanks of the service's JSON.
func spaced(lie func(string) string) func(string) string {
	return func(body string) string { return lie(strings.ReplaceAll(body, `": "`, `":"`)) }
}

// A view of another request is no evidence, and does not say that ours is gone.
func TestViewOfAnotherRequestIsNoEvidence(t *testing.T) {
	t.Parallel()
	v := newVaultWorld(t)
	l := v.lied()
	uid := v.elevation(30)
	viewed := func(body string) string {
		if strings.Contains(body, `"account_info": {`) || strings.Contains(body, `"account_info":{`) {
			return strings.ReplaceAll(body, uid, another)
		}
		return body
	}
	l.tells(viewed)
	_, _ = v.worker.ListEndpoints(v.ctx)
	if e, i := v.endpoint(uid); e.Complete || e.State != model.EndpointPending || !i.Closed.IsZero() {
		t.Fatalf("it is %s, complete: %t", e.State, e.Complete)
	}
	if _, err := v.svc.DecideEndpoint(v.ctx, "omar", decision(v.sees("omar", uid), model.Approve)); denied(err) == "" {
		t.Errorf("approved without evidence: %v", err)
	}
	l.stops()
	v.poll()
	v.decides("omar", uid, model.Approve)
	l.tells(viewed)
	v.work()
	for range 3 {
		v.later(time.Minute)
		_, _ = v.worker.ListEndpoints(v.ctx)
	}
	if e, i := v.endpoint(uid); e.State != model.EndpointApproving || !i.Closed.IsZero() {
		t.Errorf("while it lies: %s: %s", e.State, e.Outcome)
	}
	l.stops()
	view := v.ends(uid)
	v.told(view, "approved by omar at ")
	if view.State != model.EndpointApproved || v.inCloud(uid) != vaultsim.Approved {
		t.Errorf("it is %s, %s in the cloud: %s", view.State, v.inCloud(uid), view.Outcome)
	}
}
