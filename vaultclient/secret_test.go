package vaultclient

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// TestSecretsNeverPrint prints everything that holds a secret in every way that
// there is: also where fmt may not call methods, as on unexported fields, and by
// verbs that no method is asked about.
func TestSecretsNeverPrint(t *testing.T) {
	t.Parallel()
	const canary = "S3cret-4fd1c2"
	type inner struct {
		Shown  any
		hidden any
		secret Secret
		value  Value
		list   []Secret
		byName map[string]Value
	}
	type outer struct {
		in  inner
		ptr *inner
	}
	secret, text, parts := NewSecret(canary), Text(canary), Parts(map[string]string{"hostName": canary})
	for _, tt := range []struct {
		name string
		held any
	}{
		{"secret", secret},
		{"text of a field", text},
		{"parts of a field", parts},
		{"field", Field{Type: "host", Value: parts}},
		{"order to add", RecordAdd{Title: "t", Type: "login", Marker: "REQ0012345", Notes: secret, Fields: []Field{{Type: "password", Value: text}}}},
		{"order to add that cannot be sent", RecordAdd{Notes: secret, Fields: []Field{{Value: parts}}}},
		{"order to update", RecordUpdate{Record: rz, Notes: secret, Fields: []Field{{Type: "password", Value: text}}}},
		{"values of a record", RecordWithSecrets{Record{UID: rz}, Secrets{Notes: secret, Fields: []SecretField{{Values: []Secret{secret}}}}}},
		{"evidence", Done{OneTimeShareCreated{Record: rz, URL: secret}, ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := inner{tt.held, tt.held, secret, text, []Secret{secret}, map[string]Value{"v": parts}}
			forms := []any{tt.held, &tt.held, in, &in, outer{in, &in}, []any{tt.held}, map[string]any{"k": tt.held}, fmt.Errorf("held: %v", tt.held)}
			var out strings.Builder
			for _, verb := range "vsqxXdbcoOtTpUeEfFgGyz" {
				for _, flags := range []string{"", "+", "#", " ", "-20", "08.3", "+#"} {
					fmt.Fprintf(&out, strings.Repeat("%"+flags+string(verb)+" ", len(forms)), forms...)
				}
			}
			fmt.Fprint(&out, forms...)
			for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
				slog.New(h).Info("x", "held", tt.held, "in", in, "ptr", &in, "list", forms)
			}
			b, err := json.Marshal(forms)
			if err != nil {
				t.Fatal(err)
			}
			all := out.String() + string(b)
			for _, form := range []string{canary, canary[:3], fmt.Sprintf("%x", canary), fmt.Sprintf("% x", canary), fmt.Sprintf("%X", canary)} {
				if at := strings.Index(all, form); at >= 0 {
					t.Errorf("shows %q: …%s", form, all[max(0, at-60):min(len(all), at+40)])
				}
			}
		})
	}
}

// TestOptionsNeverPrintTheirKeys holds where fmt may call methods: anywhere but under an unexported field.
func TestOptionsNeverPrintTheirKeys(t *testing.T) {
	t.Parallel()
	const key, seal = "KEY-CANARY-0123456789", "SEAL@CANARY@0123456789@ABCDEFGHI"
	o := Options{URL: "https://vault.example.com", Key: key, EncryptionKey: seal}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, verb := range "vsqxXd" {
		for _, flags := range []string{"", "+", "#"} {
			fmt.Fprintf(&out, strings.Repeat("%"+flags+string(verb)+" ", 7), o, &o, []any{o}, o.Key, o.EncryptionKey, c, *c)
		}
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("x", "key", o.Key, "keys", []Credential{o.Key, o.EncryptionKey}, "client", c)
	}
	b, err := json.Marshal(map[string]any{"key": o.Key, "keys": []Credential{o.EncryptionKey}})
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{key, seal, "CANARY", fmt.Sprintf("%x", key), fmt.Sprintf("%X", seal), fmt.Sprint([]byte(seal))} {
		if strings.Contains(out.String()+string(b), form) {
			t.Errorf("shows %q", form)
		}
	}
	if string(o.Key) != key || o.Key.String() != hidden || Credential("").String() != "" {
		t.Error("a credential is not what it should be")
	}
}

func TestSecretsAreRevealedOnRequestOnly(t *testing.T) {
	t.Parallel()
	s := NewSecret("S3cret")
	if s.Reveal() != "S3cret" || s.IsZero() {
		t.Error("the secret is lost")
	}
	for name, none := range map[string]Secret{"zero value": {}, "empty text": NewSecret("")} {
		if none.Reveal() != "" || !none.IsZero() || none != (Secret{}) {
			t.Errorf("%s is not empty", name)
		}
	}
	if s.String() != hidden || s.GoString() != hidden || s.LogValue().String() != hidden {
		t.Error("a method shows the secret")
	}
}
