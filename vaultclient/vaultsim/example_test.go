package vaultsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"countersign/vaultclient/vaultsim"
)

// A test starts the service over a company, lets a command be carried out although its answer gets lost, and
// looks into the ledger.
func Example() {
	clock := vaultsim.NewManualClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	company := vaultsim.Company(1, clock)
	server, err := vaultsim.New(vaultsim.Options{Vault: company.Vault, Keys: []vaultsim.Key{{Value: "demo-key"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	url, err := server.Start()
	if err != nil {
		fmt.Println(err)
		return
	}

	database, _ := company.Record("prod-db-01")
	server.Arm(vaultsim.Fault{Kind: vaultsim.UpstreamAfter, Command: "share-record"})

	body := `{"command": "share-record --email=alice@example.com --action=grant --write --expire-in=4h ` + database.UID + `"}`
	req, err := http.NewRequest(http.MethodPost, url+"/api/v1/executecommand", strings.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("api-key", "demo-key")
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	res.Body.Close()

	fmt.Println(res.Status)
	for _, e := range server.Ledger() {
		fmt.Println(e.Kind, e.User, e.Rights, "until", e.Expires.UTC().Format(time.TimeOnly))
	}
	// Output:
	// 500 Internal Server Error
	// grant alice@example.com edit until 13:00:00
}
