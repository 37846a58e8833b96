package vaultadapt

import (
	"context"
	"strings"
	"time"

	"countersign/model"
	"countersign/vaultclient"
)

// Endpoints implements workflow.Vault. It synchronises first, because the
// service's list is a cache (PROTOCOL 12.7).
func (v *Vault) Endpoints(ctx context.Context) ([]model.EndpointRequest, error) {
	c := v.as(ctx)
	if err := c.SyncEPM(ctx); err != nil {
		return nil, explain(err)
	}
	listed, err := c.ListEPM(ctx, vaultclient.EPMPending)
	if err != nil {
		return nil, explain(err)
	}
	all := make([]model.EndpointRequest, len(listed))
	for i, e := range listed {
		all[i] = v.endpoint(e)
	}
	return all, nil
}

// Endpoint implements workflow.Vault.
func (v *Vault) Endpoint(ctx context.Context, uid model.UID) (model.EndpointRequest, error) {
	e, err := v.as(ctx).ViewEPM(ctx, vaultclient.UID(uid))
	if err != nil {
		return model.EndpointRequest{}, explain(err)
	}
	out := v.endpoint(e)
	out.Complete = true
	return out, nil
}

// EndpointNow implements workflow.Vault.
func (v *Vault) EndpointNow(ctx context.Context, uid model.UID) (model.EndpointRequest, error) {
	if err := v.as(ctx).SyncEPM(ctx); err != nil {
		return model.EndpointRequest{}, explain(err)
	}
	return v.Endpoint(ctx, uid)
}

// Devices implements workflow.Vault.
func (v *Vault) Devices(ctx context.Context) ([]model.Device, error) {
	listed, err := v.as(ctx).ListDevices(ctx)
	if err != nil {
		return nil, explain(err)
	}
	all := make([]model.Device, len(listed))
	for i, d := range listed {
		all[i] = model.Device{DeviceID: string(d.ID), Email: string(d.Email), Name: d.Name, Type: d.Type, IP: d.IP,
			Client: d.ClientVersion, Location: d.Location, Asked: d.Asked, State: model.EndpointPending}
	}
	return all, nil
}

// endpoint translates a request; every pair that the service reports is kept.
func (v *Vault) endpoint(e vaultclient.EPMRequest) model.EndpointRequest {
	why, rest := model.JustificationOf(e.Justification)
	out := model.EndpointRequest{UID: model.UID(e.UID), Kind: e.Type, State: endpointState(e.Status), Agent: string(e.Agent),
		User: vaultclient.Find(e.Account, "Username"), Machine: machine(e), What: what(e), Justification: why, Minutes: e.ExpiresIn}
	for _, p := range e.Account {
		out.Facts = append(out.Facts, model.Fact{Group: "account", Key: p.Key, Value: p.Value})
	}
	for _, p := range e.Application {
		out.Facts = append(out.Facts, model.Fact{Group: "application", Key: p.Key, Value: p.Value})
	}
	out.Facts = append(out.Facts, rest...)
	created, err := e.Created.In(v.zone)
	if err != nil {
		return out // a time that cannot be read is not reported
	}
	out.Created, out.Again = moments(created)
	if e.ExpiresIn > 0 {
		out.Expires = out.Created.Add(time.Duration(e.ExpiresIn) * time.Minute)
	}
	return out
}

// moments returns what a local time means, in UTC: two moments in the hour that comes
// twice when summer time ends, the earlier one first; else the second is zero.
func moments(at time.Time) (time.Time, time.Time) {
	reads := at.Format(time.DateTime)
	for _, d := range []time.Duration{time.Hour, 30 * time.Minute, 2 * time.Hour} {
		if later := at.Add(d); later.Format(time.DateTime) == reads {
			return at.UTC(), later.UTC()
		}
		if earlier := at.Add(-d); earlier.Format(time.DateTime) == reads {
			return earlier.UTC(), at.UTC()
		}
	}
	return at.UTC(), time.Time{}
}

// endpointState translates the service's word; one that is not known here counts
// as pending, so that nobody overlooks it.
func endpointState(s vaultclient.EPMStatus) model.EndpointState {
	switch s {
	case vaultclient.EPMApproved:
		return model.EndpointApproved
	case vaultclient.EPMDenied:
		return model.EndpointDenied
	case vaultclient.EPMExpired:
		return model.EndpointExpired
	case vaultclient.EPMEscalated:
		return model.EndpointEscalated
	}
	return model.EndpointPending
}

// machine is the name of the machine, under whichever key it is told.
func machine(e vaultclient.EPMRequest) string {
	for _, key := range []string{"MachineName", "Machine", "ComputerName", "HostName", "Hostname"} {
		if name := vaultclient.Find(e.Account, key); name != "" {
			return name
		}
		if name := vaultclient.Find(e.Application, key); name != "" {
			return name
		}
	}
	return ""
}

// what is the shortest text that says what is asked for: the file with its
// arguments, or whatever else is told. Where the service may have cut it there is a
// sign, so that nobody takes it for the whole.
func what(e vaultclient.EPMRequest) string {
	name := "FileName"
	if vaultclient.Find(e.Application, name) == "" {
		name = "FilePath"
	}
	file, args := vaultclient.Find(e.Application, name), vaultclient.Find(e.Application, "CommandLine")
	switch {
	case file == "" && args == "":
		if vaultclient.Find(e.Application, "Description") != "" {
			return shown(e.Application, "Description")
		}
		return e.Type
	case file == "" || strings.HasPrefix(args, file):
		return shown(e.Application, "CommandLine")
	case args == "":
		return shown(e.Application, name)
	}
	return shown(e.Application, name) + " " + shown(e.Application, "CommandLine")
}

// shown is the value of a key, with a sign behind it where it may go on.
func shown(pairs []vaultclient.Pair, key string) string {
	for _, p := range pairs {
		if p.Key == key && p.Cut {
			return p.Value + "…"
		}
	}
	return vaultclient.Find(pairs, key)
}
