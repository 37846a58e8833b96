package cli

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"countersign/model"
	"countersign/workflow"
)

func TestUIDsThatBeginWithADashAreNoFlags(t *testing.T) {
	t.Parallel()
	const dashed = "-N-ffuRDIM3bv_hnPv6tUA"
	for _, tt := range []struct{ args, want string }{
		{"epm show " + dashed, "epm show uid:" + dashed},
		{"epm approve --wait " + dashed, "epm approve --wait uid:" + dashed},
		{"epm deny " + dashed + " --comment " + dashed, "epm deny uid:" + dashed + " --comment " + dashed},
		{"epm show dhqhQ8H6x4-1iLMH9sUs2A", "epm show dhqhQ8H6x4-1iLMH9sUs2A"},
		{"show " + dashed, "show " + dashed},
		{"epm list --json", "epm list --json"},
		{"", ""},
	} {
		if got := markUIDs(strings.Fields(tt.args)); !slices.Equal(got, strings.Fields(tt.want)) {
			t.Errorf("markUIDs(%q) = %q, want %q", tt.args, got, tt.want)
		}
	}
}

func TestAListThatNobodyFillsSaysSo(t *testing.T) {
	t.Parallel()
	c := newCaller(t) // without a worker
	for _, tt := range []struct {
		args  string
		warns bool
	}{
		{"epm list", true},
		{"epm list waiting carol --json", true},
		{"device list", true},
		{"epm list decided", false},
		{"incident list", false},
		{"list all", false},
	} {
		var out, errs bytes.Buffer
		if code := c.run(t.Context(), &bytes.Buffer{}, &out, &errs, strings.Fields(tt.args)...); code != CodeOK {
			t.Fatalf("%s: exit code %d: %s", tt.args, code, errs.String())
		}
		if got := strings.Contains(errs.String(), "countersign: nothing here reads the vault at the moment: what waits there is not known\n  "); got != tt.warns {
			t.Errorf("%s: standard error %q, want a warning with advice: %t", tt.args, errs.String(), tt.warns)
		}
	}
}

func TestWhatBecameOfADecisionHasItsCode(t *testing.T) {
	t.Parallel()
	op := func(s model.OpState) *model.Operation {
		return &model.Operation{State: s, Reason: "no", LookingFor: "it"}
	}
	for _, tt := range []struct {
		name    string
		v       verdictOn
		verdict model.Verdict
		want    Code
	}{
		{"done", verdictOn{state: model.EndpointApproved, op: op(model.OpDone)}, model.Approve, CodeOK},
		{"denied as wanted", verdictOn{state: model.EndpointDenied, op: op(model.OpDone)}, model.Deny, CodeOK},
		{"the other way elsewhere", verdictOn{state: model.EndpointElsewhere, op: op(model.OpRefused)}, model.Approve, CodeTooLate},
		{"ended meanwhile", verdictOn{state: model.EndpointExpired, op: op(model.OpRefused)}, model.Approve, CodeTooLate},
		{"refused, and it still waits", verdictOn{state: model.EndpointPending, op: op(model.OpRefused)}, model.Approve, CodeRefused},
		{"not known", verdictOn{state: model.EndpointApproving, op: op(model.OpUnknown)}, model.Approve, CodeUnknown},
		{"no order yet", verdictOn{state: model.EndpointApproving}, model.Approve, CodeUnknown},
	} {
		code := CodeOK
		if err := tt.v.err(tt.verdict); err != nil {
			code = explain(err).code
		}
		if code != tt.want {
			t.Errorf("%s: exit code %d, want %d", tt.name, code, tt.want)
		}
	}
}

func TestAConflictNamesTheStateOfAnEndpointRequest(t *testing.T) {
	t.Parallel()
	c := &workflow.Conflict{Number: "SIR0010017", Decided: true, Endpoint: model.EndpointElsewhere}
	if text := explain(c).text; !strings.Contains(text, "already decided elsewhere") {
		t.Errorf("%q", text)
	}
}

func TestNobodyWhoCanDecideIsAnEmptyListInJSON(t *testing.T) {
	t.Parallel()
	for name, v := range map[string]any{"an endpoint request": endpointCaseOf(workflow.EndpointView{}), "a device": deviceCaseOf(workflow.DeviceView{})} {
		var out bytes.Buffer
		if err := writeJSON(&out, v); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), `"deciders": []`) {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}
