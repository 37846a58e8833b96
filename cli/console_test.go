package cli

import (
	"slices"
	"testing"

	"countersign/config"
	"countersign/model"
)

func TestGroupsThatFulfil(t *testing.T) {
	t.Parallel()
	conf := config.Config{Policy: model.Policy{FulfilGroup: "Vault Admins"}, Policies: map[model.ItemKey]model.Policy{
		model.ItemLogin: {FulfilGroup: "Service desk"}, model.ItemNote: {FulfilGroup: "Vault Admins"}, model.ItemServer: {FulfilGroup: "Linux"}}}
	want := []model.GroupName{"Vault Admins", "Service desk", "Linux"}
	if got := fulfilGroups(conf); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
