package vaultadapt_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/model"
	"countersign/vaultclient/vaultsim"
	"countersign/workflow"
)

func TestEndpointIsToldWithEveryMemberOfItsJustification(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	long := strings.Repeat("a long command ", 20)
	uid := model.UID(r.cloud.AddApproval(vaultsim.Approval{UID: "-6sWvQo1T5K0l3m9Zx7c2A", Type: "CommandLine", ExpireIn: 30, Created: time.Now(),
		Justification: `{"text": "deploy", "ticket": "CHG1", "tries": 2}`, Account: []vaultsim.Pair{{Key: "Username", Value: "zoe"}},
		Application: []vaultsim.Pair{{Key: "CommandLine", Value: long}}}))
	listed, err := r.Endpoints(t.Context())
	if err != nil || len(listed) != 1 || listed[0].Complete || listed[0].State != model.EndpointPending {
		t.Fatalf("list: %+v, %v", listed, err)
	}
	e, err := r.Endpoint(t.Context(), uid)
	if err != nil || !e.Complete || e.Justification != "deploy" || e.User != "zoe" {
		t.Fatalf("view: %+v, %v", e, err)
	}
	for _, want := range []model.Fact{{Group: "application", Key: "CommandLine", Value: long}, {Group: "justification", Key: "ticket", Value: "CHG1"},
		{Group: "justification", Key: "tries", Value: "2"}} {
		if !slices.Contains(e.Facts, want) {
			t.Errorf("%+v lacks %+v", e.Facts, want)
		}
	}
	r.cloud.DecideApproval(string(uid), vaultsim.Denied)
	if e, err := r.Endpoint(t.Context(), uid); err != nil || e.State != model.EndpointPending {
		t.Errorf("what the service remembers: %s, %v", e.State, err)
	}
	if e, err := r.EndpointNow(t.Context(), uid); err != nil || e.State != model.EndpointDenied {
		t.Errorf("what the cloud has: %s, %v", e.State, err)
	}
	var gone *workflow.VaultError
	if _, err := r.EndpointNow(t.Context(), "AAAAAAAAAAAAAAAAAAAAAA"); !errors.As(err, &gone) || gone.Kind != workflow.VaultGone {
		t.Errorf("one that does not exist: %v", err)
	}
}

func TestWhatTheListHasCutSaysSo(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name       string
		reported   []vaultsim.Pair
		list, view string
	}{
		{"whole", []vaultsim.Pair{{Key: "FileName", Value: "sudo"}, {Key: "CommandLine", Value: "id -u"}}, "sudo id -u", "sudo id -u"},
		{"a cut command", []vaultsim.Pair{{Key: "FileName", Value: "node"}, {Key: "CommandLine", Value: "scripts/postinstall.js --unsafe"}},
			"node scripts/postinstal…", "node scripts/postinstall.js --unsafe"},
		{"a cut file", []vaultsim.Pair{{Key: "FileName", Value: "statement-of-november.pdf.exe"}}, "statement-of-november…", "statement-of-november.pdf.exe"},
		{"a cut file and a command", []vaultsim.Pair{{Key: "FileName", Value: "statement-of-november.pdf.exe"}, {Key: "CommandLine", Value: "/S"}},
			"statement-of-november… /S", "statement-of-november.pdf.exe /S"},
		{"a command that begins with its file", []vaultsim.Pair{{Key: "FilePath", Value: "/bin/sh"}, {Key: "CommandLine", Value: "/bin/sh -c 'rm -rf /'"}},
			"/bin/sh -c 'rm -rf…", "/bin/sh -c 'rm -rf /'"},
		{"a description alone", []vaultsim.Pair{{Key: "Description", Value: "Run a command as another user"}}, "Run a command as a…", "Run a command as another user"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			uid := model.UID(r.cloud.AddApproval(vaultsim.Approval{Type: "CommandLine", ExpireIn: 30, Created: time.Now(), Application: tt.reported}))
			listed, err := r.Endpoints(t.Context())
			if err != nil || len(listed) != 1 || listed[0].What != tt.list {
				t.Errorf("list: %+v, %v, want %q", listed, err, tt.list)
			}
			if e, err := r.Endpoint(t.Context(), uid); err != nil || e.What != tt.view {
				t.Errorf("view: %q, %v, want %q", e.What, err, tt.view)
			}
		})
	}
}

func TestDeviceIsDecidedByItsWholeIDOnly(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	asked := time.Now().UTC().Truncate(time.Second)
	id := r.cloud.AddDevice(vaultsim.Device{Email: alice, Name: "laptop", IP: "192.0.2.7", Location: "Cork, IE", Date: asked})
	r.cloud.AddDevice(vaultsim.Device{Email: alice, Name: "phone"})
	waiting, err := r.Devices(t.Context())
	if err != nil || len(waiting) != 2 || waiting[0].Email != alice || !waiting[0].Asked.Equal(asked) {
		t.Fatalf("%+v, %v", waiting, err)
	}
	for _, kind := range []model.OpKind{model.OpDeviceApprove, model.OpDeviceDeny} {
		for _, device := range []string{"", id[:19], id + "0", alice, "-" + id[1:]} {
			before := len(r.sim.Commands())
			var e *workflow.VaultError
			_, err := r.Submit(t.Context(), workflow.Order{Kind: kind, Intent: model.Intent{Device: device}})
			if !errors.As(err, &e) || !e.NotSent || len(r.sim.Commands()) != before {
				t.Errorf("%s %q: %v", kind, device, err)
			}
		}
	}
	order := workflow.Order{Kind: model.OpDeviceDeny, Intent: model.Intent{Device: id}}
	service, err := r.Submit(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := r.Await(t.Context(), order, service); err != nil || out.State != model.OpUnknown {
		t.Errorf("silence is no proof: %+v, %v", out, err)
	}
	if left, err := r.Devices(t.Context()); err != nil || len(left) != 1 || left[0].DeviceID == id {
		t.Errorf("left: %+v, %v", left, err)
	}
}
