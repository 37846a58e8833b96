package vaultadapt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/model"
	"countersign/vaultclient"
	"countersign/workflow"
)

// Options are what the adapter has to know beside the client.
type Options struct {
	// Zone is that of the service host, which tells times without one; nil means
	// UTC.
	Zone *time.Location
	// Traffic learns which request a call belonged to; nil if nothing is logged.
	// It must be the one whose Observe the client was made with.
	Traffic *Traffic
}

// Vault implements workflow.Vault. It is safe for concurrent use.
type Vault struct {
	client  *vaultclient.Client
	zone    *time.Location
	traffic *Traffic
}

var _ workflow.Vault = (*Vault)(nil)

// New returns a vault over a client.
func New(c *vaultclient.Client, opt Options) *Vault {
	if opt.Zone == nil {
		opt.Zone = time.UTC
	}
	return &Vault{client: c, zone: opt.Zone, traffic: opt.Traffic}
}

// as returns the client for the priority of a context.
func (v *Vault) as(ctx context.Context) *vaultclient.Client {
	switch workflow.PriorityOf(ctx) {
	case workflow.PriorityDecision:
		return v.client.As(vaultclient.Decision)
	case workflow.PriorityPerson:
		return v.client.As(vaultclient.Person)
	}
	return v.client.As(vaultclient.Polling)
}

// Ahead implements workflow.Vault.
func (v *Vault) Ahead() (time.Duration, bool) { return v.client.Ahead() }

// Index implements workflow.Vault.
func (v *Vault) Index(ctx context.Context) ([]model.Hit, error) {
	items, err := v.as(ctx).SearchAll(ctx)
	if err != nil {
		return nil, explain(err)
	}
	hits := make([]model.Hit, 0, len(items))
	for _, it := range items {
		h := model.Hit{UID: model.UID(it.UID), Title: it.Title, Type: it.Type, Description: it.Description, Nested: it.Nested()}
		switch it.Kind {
		case vaultclient.RecordItem:
			h.Kind = model.TargetRecord
		case vaultclient.SharedFolderItem, vaultclient.NestedFolderItem:
			h.Kind = model.TargetFolder
		default:
			continue
		}
		hits = append(hits, h)
	}
	return hits, nil
}

// Inside implements workflow.Vault.
func (v *Vault) Inside(ctx context.Context, folder model.UID) ([]model.UID, error) {
	defer v.traffic.during(ctx, folder)()
	object, err := v.as(ctx).Get(ctx, vaultclient.UID(folder))
	if err != nil {
		return nil, explain(err)
	}
	var records []vaultclient.FolderRecord
	switch o := object.(type) {
	case vaultclient.SharedFolder:
		records = o.Records
	case vaultclient.UserFolder:
		records = o.Records
	default:
		return nil, &workflow.VaultError{Kind: workflow.VaultFailed, NotSent: true,
			Text: fmt.Sprintf("%s is not a shared folder, and no folder of the service account", folder)}
	}
	uids := make([]model.UID, 0, len(records)+1)
	for _, r := range records {
		uids = append(uids, model.UID(r.UID))
	}
	return uids, nil
}

// Submit implements workflow.Vault.
func (v *Vault) Submit(ctx context.Context, order workflow.Order) (string, error) {
	m, err := mutation(order)
	if err != nil {
		return "", &workflow.VaultError{Kind: workflow.VaultFailed, Text: err.Error(), NotSent: true, Err: err}
	}
	defer v.traffic.during(ctx, order.Intent.Object())()
	if (order.Kind == model.OpCreate || order.Kind == model.OpUpdate) && !v.client.VersionKnown() {
		// An old service cannot take every value. Where the release cannot be had,
		// it is treated as one.
		if _, err := v.client.Version(ctx); err != nil && isContext(err) {
			return "", explainSubmit(err)
		}
	}
	id, err := v.client.Submit(ctx, m)
	if err != nil {
		return "", explainSubmit(err)
	}
	v.traffic.submitted(ctx, string(id))
	return string(id), nil
}

// Await implements workflow.Vault.
func (v *Vault) Await(ctx context.Context, order workflow.Order, serviceID string) (workflow.Outcome, error) {
	m, err := mutation(order)
	if err != nil {
		return workflow.Outcome{}, &workflow.VaultError{Kind: workflow.VaultFailed, Text: err.Error(), Err: err}
	}
	v.traffic.submitted(ctx, serviceID)
	defer v.traffic.finished(serviceID)
	reply, err := v.client.Await(ctx, vaultclient.RequestID(serviceID))
	if err != nil {
		return workflow.Outcome{}, explain(err)
	}
	switch out := vaultclient.Judge(m, reply).(type) {
	case vaultclient.Done:
		return v.done(out), nil
	case vaultclient.Refused:
		return workflow.Outcome{State: model.OpRefused, Words: out.Text, Advice: refusalAdvice(out.Kind),
			Invited: out.Kind == vaultclient.InvitationSent}, nil
	case vaultclient.Unknown:
		o := workflow.Outcome{State: model.OpUnknown, Words: out.Text}
		if out.Cause == vaultclient.LoggedOut {
			o.Trouble = explain(&vaultclient.Error{Op: string(order.Kind), Kind: vaultclient.ErrSessionLost}).(*workflow.VaultError)
		}
		return o, nil
	}
	return workflow.Outcome{State: model.OpUnknown}, nil
}

// done is what the evidence of an order says beyond that it is done.
func (v *Vault) done(d vaultclient.Done) workflow.Outcome {
	out := workflow.Outcome{State: model.OpDone, Words: d.Text}
	switch e := d.Evidence.(type) {
	case vaultclient.RecordShared:
		out.Expires = v.at(e.Expires)
	case vaultclient.FolderShared:
		out.Expires = v.at(e.Expires)
	case vaultclient.RecordAdded:
		out.Record = model.UID(e.Record)
		if !e.URL.IsZero() {
			out.Link, out.Secret, out.Words = model.LinkID(e.Share), []byte(e.URL.Reveal()), ""
		}
	case vaultclient.OneTimeShareCreated:
		out.Link, out.Secret = model.LinkID(e.Share), []byte(e.URL.Reveal())
		out.Words = "" // the words are the link
	}
	return out
}

// at reads a time of the service host, zero where it tells none or "never".
func (v *Vault) at(t vaultclient.LocalTime) time.Time {
	at, err := t.In(v.zone)
	if err != nil {
		return time.Time{}
	}
	return at.UTC()
}

// InTurn implements workflow.Vault. A service without a queue does not answer here.
func (v *Vault) InTurn(ctx context.Context) error {
	_, err := v.client.QueueStatus(ctx)
	return explain(err)
}

// Sync implements workflow.Vault.
func (v *Vault) Sync(ctx context.Context) error { return explain(v.as(ctx).SyncDown(ctx)) }

// Health implements workflow.Vault.
func (v *Vault) Health(ctx context.Context) model.Health {
	h := v.client.Health(ctx)
	usage := v.client.Budget().Tightest()
	out := model.Health{State: model.HealthConnected, Latency: h.Latency, Used: usage.Of - usage.Left, Limit: usage.Of}
	err := h.Err
	if err == nil {
		err = h.QueueErr
	}
	var e *workflow.VaultError
	if errors.As(explain(err), &e) {
		out.State, out.Cause, out.Advice = workflow.HealthOf(e), e.Text, e.Advice
		return out
	}
	switch h.Word() {
	case "stuck":
		out.State, out.Cause = model.HealthSlow, "the vault service answers, but its worker does not run"
		out.Advice = "have the vault service restarted"
	case "slow":
		out.State = model.HealthSlow
		if h.Queue.Size > 0 {
			out.Cause = fmt.Sprintf("%d commands wait in the vault service's queue", h.Queue.Size)
		}
	}
	return out
}

// Probe implements workflow.Vault.
func (v *Vault) Probe(ctx context.Context) (missing []string, version string, err error) {
	report, err := v.as(ctx).Probe(ctx)
	for _, p := range report.Missing() {
		if !p.Optional {
			missing = append(missing, p.Command)
		}
	}
	if err != nil {
		return missing, "", explain(err)
	}
	if report.Allows("version") {
		got, err := v.as(ctx).Version(ctx)
		if err != nil {
			return missing, "", explain(err)
		}
		version = got.String()
	}
	return missing, version, nil
}
