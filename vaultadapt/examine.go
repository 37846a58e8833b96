package vaultadapt

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"countersign/vaultclient"
	"countersign/workflow"
)

// Examine looks closely at the vault service, by calls that change nothing: some
// twenty of them. It stops at what makes the rest useless, and at the end of ctx.
// What is known beforehand, as the address, is in e.
func (v *Vault) Examine(ctx context.Context, e workflow.Examination) workflow.Examination {
	e.InClear = v.client.InTheClear()
	if !v.knock(ctx, &e) {
		return e
	}
	for _, look := range []func(context.Context, *workflow.Examination) error{v.tryCommands, v.readClock, v.trySearch, v.tryEndpoints} {
		if err := look(ctx, &e); err != nil {
			e.Trouble = v.trouble(ctx, &e, err)
			return e
		}
	}
	return e
}

// knock asks whether anybody is there, and looks at the certificate. It reports
// whether the service takes the key and can be sent commands.
func (v *Vault) knock(ctx context.Context, e *workflow.Examination) bool {
	h := v.client.Health(ctx)
	e.Latency, e.Waiting = h.Latency, h.Queue.Size
	err := h.Err
	if err == nil {
		err = h.QueueErr
	}
	if https, ok := strings.CutPrefix(e.Address, "https://"); ok || err != nil {
		// What speaks TLS where http was expected shows a certificate, too.
		shown, certErr := vaultclient.ShownCertificate(ctx, "https://"+strings.TrimPrefix(https, "http://"))
		if certErr == nil {
			e.Shown = workflow.Shown{Fingerprint: shown.Fingerprint, Names: shown.Names, Issuer: shown.Issuer, From: shown.From, Until: shown.Until,
				SelfSigned: shown.SelfSigned}
		}
		if !ok && certErr == nil {
			e.Trouble = workflow.Trouble{Obstacle: workflow.SpeaksTLS}
			return false
		}
	}
	if err == nil && !h.Queue.Running {
		e.Reached, e.Trouble = true, workflow.Trouble{Obstacle: workflow.Stuck, Words: "its worker does not run"}
		return false
	}
	if err == nil {
		e.Reached = true
		return true
	}
	e.Trouble = v.trouble(ctx, e, err)
	return false
}

// tryCommands finds out which commands the key may run, the release and the account.
func (v *Vault) tryCommands(ctx context.Context, e *workflow.Examination) error {
	if e.Tried {
		return v.readAccount(ctx, e)
	}
	report, err := v.as(ctx).Probe(ctx)
	for _, p := range report.Permits {
		if errors.Is(p.Err, vaultclient.ErrEncrypted) || errors.Is(p.Err, vaultclient.ErrQueueFull) {
			e.Permits = nil
			return p.Err // it concerns all of them
		}
		e.Permits = append(e.Permits, workflow.Permit{Command: p.Command, Missing: p.State == vaultclient.Missing, Unclear: p.State == vaultclient.Unclear,
			Disables: p.Disables, Optional: p.Optional})
	}
	if err != nil {
		return err
	}
	if report.Allows("version") && e.Version == "" {
		got, err := v.as(ctx).Version(ctx)
		if errors.Is(err, vaultclient.ErrRateLimited) {
			return err
		}
		if err == nil {
			e.Version = got.String()
		}
	}
	if report.Allows("whoami") {
		return v.readAccount(ctx, e)
	}
	return nil
}

// readAccount asks whose the service is, if it tells.
func (v *Vault) readAccount(ctx context.Context, e *workflow.Examination) error {
	a, err := v.as(ctx).WhoAmI(ctx)
	if errors.Is(err, vaultclient.ErrRateLimited) {
		return err
	}
	if err == nil {
		e.Account = string(a.User)
	}
	return nil
}

// readClock compares the clock of the service's host with ours.
func (v *Vault) readClock(ctx context.Context, e *workflow.Examination) error {
	if e.Lacks("search") {
		return nil
	}
	h, err := v.client.HostTime(ctx)
	if err != nil {
		return err
	}
	shown, err := h.Shown.In(v.zone)
	if err != nil {
		return nil // said as not known
	}
	// It was at some moment between two of ours.
	e.Clocked, e.Zone = true, v.zone.String()
	switch {
	case shown.Before(h.Before):
		e.Ahead = shown.Sub(h.Before)
	case shown.After(h.After):
		e.Ahead = shown.Sub(h.After)
	}
	return nil
}

// trySearch places one search, as the worker does.
func (v *Vault) trySearch(ctx context.Context, e *workflow.Examination) error {
	if e.Lacks("search") {
		return nil
	}
	e.Searched = true
	hits, err := v.Index(ctx)
	if err != nil {
		e.Search = v.trouble(ctx, e, err)
		switch e.Search.Obstacle {
		case workflow.LoggedOut, workflow.NoAnswer, workflow.Stuck, workflow.LimitReached:
			e.Searched = false
			return err
		}
	}
	e.Hits = len(hits)
	return nil
}

// tryEndpoints lists the endpoint requests that wait.
func (v *Vault) tryEndpoints(ctx context.Context, e *workflow.Examination) error {
	if e.Lacks(e.EPMWord) {
		return nil
	}
	e.Listed = true
	all, err := v.Endpoints(ctx)
	if err != nil {
		if e.Endpoints = v.trouble(ctx, e, err); e.Endpoints.Obstacle == workflow.LimitReached {
			e.Listed = false
			return err
		}
	}
	e.Pending = len(all)
	return nil
}

// obstacles tell the client's errors apart, the most particular first.
var obstacles = []struct {
	is       error
	obstacle workflow.Obstacle
}{
	{vaultclient.ErrNotTLS, workflow.SpeaksPlain},
	{vaultclient.ErrPin, workflow.OtherCertificate},
	{vaultclient.ErrCertificateTime, workflow.CertificateTime},
	{vaultclient.ErrCertificateName, workflow.CertificateName},
	{vaultclient.ErrAuthority, workflow.Authority},
	{vaultclient.ErrTLS, workflow.NoTLS},
	{vaultclient.ErrKeyExpired, workflow.KeyExpired},
	{vaultclient.ErrKeyRefused, workflow.KeyRefused},
	{vaultclient.ErrIPNotAllowed, workflow.AddressRefused},
	{vaultclient.ErrRateLimited, workflow.LimitReached},
	{vaultclient.ErrQueueFull, workflow.QueueFull},
	{vaultclient.ErrExpired, workflow.Stuck},
	{vaultclient.ErrQueueOff, workflow.QueueOff},
	{vaultclient.ErrSessionLost, workflow.LoggedOut},
	{vaultclient.ErrEncrypted, workflow.Sealed},
	{vaultclient.ErrGarbled, workflow.Garbled},
	{vaultclient.ErrNotService, workflow.NotTheService},
	{syscall.ECONNREFUSED, workflow.NobodyListens},
	{vaultclient.ErrNoAnswer, workflow.NoAnswer},
	{vaultclient.ErrUnreachable, workflow.NoWay},
}

// trouble says which obstacle an error is. What took too long is looked at again:
// a service whose queue grows is stuck.
func (v *Vault) trouble(ctx context.Context, e *workflow.Examination, err error) workflow.Trouble {
	t := workflow.Trouble{Obstacle: workflow.Failing}
	var name *net.DNSError
	for _, o := range obstacles {
		if errors.Is(err, o.is) {
			t.Obstacle = o.obstacle
			break
		}
	}
	if errors.As(err, &name) {
		t.Obstacle = workflow.NameUnknown
	}
	own := new(vaultclient.Error)
	if errors.As(err, &own) {
		t.Words = own.Text
		if own.Limit != "" {
			e.Limit = own.Limit
		}
	}
	switch {
	case t.Obstacle == workflow.LimitReached && own.Limit == "":
		t.Words = "this program has made all the calls of this minute itself"
	case t.Obstacle == workflow.NotTheService && e.Reached && own.HTTP != http.StatusNotFound:
		t.Obstacle = workflow.Garbled // it was the service a moment ago
	case t.Obstacle == workflow.NoWay && e.Reached:
		t.Obstacle, t.Words = workflow.Garbled, "the connection was cut"
	case t.Obstacle == workflow.NoAnswer, errors.Is(err, context.DeadlineExceeded):
		t.Obstacle = workflow.NoAnswer
		looking, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if q, err := v.client.QueueStatus(looking); err == nil && !q.Idle() {
			t.Obstacle, e.Waiting = workflow.Stuck, q.Size
		}
	case t.Obstacle == workflow.Failing && t.Words == "":
		t.Words = err.Error()
	}
	return t
}
