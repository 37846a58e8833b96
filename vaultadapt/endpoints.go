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

// endpoint translates a request; every pair that the service reports is kept.
func (v *Vault) endpoint(e vaultclient.EPMRequest) model.EndpointRequest {
	out := model.EndpointRequest{UID: model.UID(e.UID), Kind: e.Type, State: endpointState(e.Status), Agent: string(e.Agent),
		User: vaultclient.Find(e.Account, "Username"), Machine: machine(e), What: what(e), Justification: e.Reason(), Minutes: e.ExpiresIn}
	for _, p := range e.Account {
		out.Facts = append(out.Facts, model.Fact{Group: "account", Key: p.Key, Value: p.Value})
	}
	for _, p := range e.Application {
		out.Facts = append(out.Facts, model.Fact{Group: "application", Key: p.Key, Value: p.Value})
	}
	created, err := e.Created.In(v.zone)
	if err != nil {
		return out // a time that cannot be read is not reported
	}
	out.Created = created.UTC()
	if e.ExpiresIn > 0 {
		out.Expires = out.Created.Add(time.Duration(e.ExpiresIn) * time.Minute)
	}
	return out
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
// arguments, or whatever else is told.
func what(e vaultclient.EPMRequest) string {
	file := vaultclient.Find(e.Application, "FileName")
	if file == "" {
		file = vaultclient.Find(e.Application, "FilePath")
	}
	args := vaultclient.Find(e.Application, "CommandLine")
	switch {
	case file == "" && args == "":
		if text := vaultclient.Find(e.Application, "Description"); text != "" {
			return text
		}
		return e.Type
	case file == "" || strings.HasPrefix(args, file):
		return args
	case args == "":
		return file
	}
	return file + " " + args
}
