package model_test

import (
	"testing"

	"countersign/model"
	"countersign/safetext"
)

func TestLookAlikeNames(t *testing.T) {
	t.Parallel()
	file := func(name string) model.EndpointRequest {
		return model.EndpointRequest{Facts: []model.Fact{{Group: model.GroupApplication, Key: model.KeyFile, Value: name}}}
	}
	for _, tt := range []struct {
		name, before string
		want         bool
	}{
		{"svchost.exe", "svch0st.exe", true},
		{"sudo", "\u0455udo", true},
		{"s\u0443do", "", true}, // of two scripts by itself
		{"sudo", "sudo", false},
		{"Setup.exe", "setup.exe", false},
		{"mmc.exe", "regedit.exe", false},
	} {
		got := model.LookAlikeHints(file(tt.name), []model.EndpointRequest{file(tt.before)}, safetext.LookAlikes, safetext.MixedScripts)
		if (len(got) > 0) != tt.want {
			t.Errorf("%q after %q: %v, want some: %v", tt.name, tt.before, got, tt.want)
		}
	}
}
