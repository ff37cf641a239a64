"""The files in docs/examples are what they say, as far as that can be told without GPUs."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import yaml

from erc_engine.settings import Address, Price, Settings

DOCS = Path(__file__).parents[1] / "docs"
EXAMPLES = DOCS / "examples"


def endpoints(config: str, home: Path):
    (home / "config.toml").write_text(config)
    return Settings.from_environment({"ERC_HOME": str(home)}).endpoints


def test_the_snippet_of_many_servers_is_a_configuration(tmp_path: Path) -> None:
    [snippet] = re.findall(r"```toml\n(.*?)```", (DOCS / "17-many-servers.md").read_text("utf-8"), re.S)
    farm = endpoints(snippet, tmp_path)["farm"]
    assert farm.addresses[1:] == (
        Address("http://node2:8000/v1", 1, 64),
        Address("http://node3:8000/v1", 1, 128),
    )
    assert farm.prices == {"Qwen/Qwen3-4B": Price(0.15, 0.6)}
    assert (farm.key_env, farm.local, farm.timeout_seconds) == ("FARM_KEY", True, 600)


def test_the_compose_file_has_two_servers_on_this_machine_with_a_gpu_each() -> None:
    services = yaml.safe_load((EXAMPLES / "vllm-compose.yaml").read_text("utf-8"))["services"]
    assert {name: service["ports"] for name, service in services.items()} == {
        "vllm-0": ["127.0.0.1:8000:8000"],
        "vllm-1": ["127.0.0.1:8001:8000"],
    }
    devices = [s["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"] for s in services.values()]
    assert devices == [["0"], ["1"]]
    assert all("--max-num-seqs=64" in service["command"] for service in services.values())


def test_the_slurm_script_is_bash_and_names_its_servers_in_the_configuration(tmp_path: Path) -> None:
    """vllm, srun, scontrol, curl and erc are stand-ins here: what is tested is what the script does around them."""
    script = EXAMPLES / "vllm.slurm"
    subprocess.run(["bash", "-n", str(script)], check=True)
    stand_ins = tmp_path / "bin"
    stand_ins.mkdir()
    for name, line in {
        "srun": "sleep 5",
        "scontrol": "echo node1; echo node2",
        "curl": "exit 0",
        "erc": f'echo "$@" >> {tmp_path}/asked',
    }.items():
        (stand_ins / name).write_text(f"#!/bin/bash\n{line}\n")
        (stand_ins / name).chmod(0o755)
    home = tmp_path / "home"
    environment = {
        "PATH": f"{stand_ins}:/usr/bin:/bin",
        "MODEL": "tiny",
        "ERC_HOME": str(home),
        "SLURM_JOB_NODELIST": "node[1-2]",
        "SLURM_NTASKS_PER_NODE": "2",
    }
    done = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    farm = endpoints((home / "config.toml").read_text("utf-8"), tmp_path)["farm"]
    assert [address.url for address in farm.addresses] == [
        f"http://node{node}:{port}/v1" for node in (1, 2) for port in (8000, 8001)
    ]
    asked = (tmp_path / "asked").read_text("utf-8").splitlines()
    assert asked[0] == "models --check"
    assert asked[1].startswith("generate ")
    assert "--model openai:farm#tiny" in asked[1]
