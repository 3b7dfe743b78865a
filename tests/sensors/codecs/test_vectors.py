"""The makers' published vectors of every device read here, and where they are wrong."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sensors import codecs
from sensors.errors import DecodeError
from sensors.reading import Decoded

VECTORS = Path(__file__).parents[3] / "../shared/data/codecs/vectors.json"

# Device of the vectors: our model.
DEVICES = {
    "LSE01 (fw<=1.1.3)": "dragino/lse01",
    "LSE01 (fw 1.1.4)": "dragino/lse01",
    "LSE01 (fw 1.2.1, raw mode)": "dragino/lse01",
    "LSN50v2": "dragino/lsn50v2",
    "LSN50v2-S31": "dragino/lsn50v2-s31",
    "LSN50v2-D20": "dragino/lsn50v2-d20",
    "LLMS01 leaf moisture": "dragino/llms01",
    "LSPH01 soil pH": "dragino/lsph01",
    "LSNPK01 soil NPK": "dragino/lsnpk01",
    "LHT65": "dragino/lht65",
    "DL-TBRG-01": "decentlab/dl-tbrg",
    "Kiwi/Clover agriculture": "tektelic/kiwi",
    "WSC1-L weather": "dragino/wsc1-l",
    "Soil moisture": "teneo/soil-moisture-sensor",
    "S210x (S2101..S2105)": "sensecap/s210x",
}
# Makers' examples that their own layouts contradict, which we follow, and how they are refused.
REFUSED = {
    # a copy of the LSE01's example: byte 2 tells no number of segments
    "GroPoint Air": "bad_payload: byte 2 is 00",
    # its one entry says that it is 136 bytes long, and has 5: the maker's decoder reads the first 2
    "WSC1-L weather": "short_payload: 7 bytes, expected 138",
}
# Their name: our quantity, and what our value is multiplied by to give theirs.
NAMES: dict[str, tuple[str, float]] = {
    "Bat": ("battery_voltage", 1),
    "BatV": ("battery_voltage", 1),
    "TempC_DS18B20": ("external_temperature", 1),
    "temp_DS18B20": ("external_temperature", 1),
    "TempC1": ("external_temperature", 1),
    "TempC_DS": ("external_temperature", 1),
    "TempC_SHT": ("air_temperature", 1),
    "Hum_SHT": ("relative_humidity", 1),
    "water_SOIL": ("soil_moisture", 100),
    "temp_SOIL": ("soil_temperature", 1),
    "TEMP_SOIL": ("soil_temperature", 1),
    "conduct_SOIL": ("soil_conductivity", 1000),
    "Soil_dielectric_constant": ("soil_permittivity", 1),
    "Raw_water_SOIL": ("soil_moisture_counts", 1),
    "Raw_conduct_SOIL": ("soil_conductivity_counts", 1),
    "Leaf_Moisture": ("leaf_wetness", 1),
    "Leaf_Temperature": ("leaf_temperature", 1),
    "PH1_SOIL": ("soil_ph", 1),
    "N_SOIL": ("soil_nitrogen", 1),
    "P_SOIL": ("soil_phosphorus", 1),
    "K_SOIL": ("soil_potassium", 1),
    "battery_voltage": ("battery_voltage", 1),
    "dielectric_permittivity": ("soil_permittivity", 1),
    "volumetric_water_content": ("soil_moisture", 1),
    "soil_temperature": ("soil_temperature", 1),
    "electrical_conductivity": ("soil_conductivity", 1000),
    "water_potential": ("soil_water_potential", 1),
    "total_solar_radiation": ("solar_radiation", 1),
    "photosynthetically_active_radiation": ("photon_flux", 1),
    "precipitation": ("rain", 1),
    "precipitation_interval": ("rain_interval", 1),
    "cumulative_precipitation": ("rain_total", 1),
    "air_humidity": ("relative_humidity", 1),
    "air_temperature": ("air_temperature", 1),
    "vapor_pressure": ("vapour_pressure", 1),
    "atmospheric_pressure": ("air_pressure", 1),
    "sensor_temperature_internal": ("device_temperature", 1),
    "maximum_wind_speed": ("wind_gust", 1),
    "north_wind_speed": ("wind_speed_north", 1),
    "east_wind_speed": ("wind_speed_east", 1),
    "x_orientation_angle": ("tilt_x", 1),
    "y_orientation_angle": ("tilt_y", 1),
    "lightning_strike_count": ("lightning_count", 1),
    "lightning_average_distance": ("lightning_distance", 1),
    "solar_radiation": ("solar_radiation", 1),
    "wind_speed": ("wind_speed", 1),
    "wind_direction": ("wind_direction", 1),
    "relative_humidity": ("relative_humidity", 1),
    "compass_heading": ("compass_heading", 1),
    "battery": ("battery_level", 1),
    "temperature": ("air_temperature", 1),
    "humidity": ("relative_humidity", 1),
    "pressure": ("air_pressure", 10),
    "rainfall_total": ("rain_total", 1),
    "light": ("illuminance", 1),
    "moisture": ("soil_moisture", 100),
    "ec": ("soil_conductivity", 1000),
    "ambient_temperature": ("air_temperature", 1),
    "light_intensity": ("illuminance", 1),
    "input1_frequency": ("soil_moisture_frequency", 1),
    "PM10": ("pm10", 1),
    "precipitation_electrical_conductivity": ("rain_conductivity", 1000),
    "leaf_wetness_index": ("leaf_wetness_index", 1),
    "dendrometer_position": ("stem_displacement", 1),
    "dendrometer_a_position": ("stem_displacement", 1),
    "dendrometer_b_position": ("stem_displacement/1", 1),
    "sap_flow": ("sap_flow", 1),
    "heat_velocity_outer": ("heat_velocity", 1),
    "heat_velocity_inner": ("heat_velocity/1", 1),
    "temperature_outer": ("stem_temperature", 1),
    "barometric_pressure": ("air_pressure", 1000),
    "illuminance": ("illuminance", 1),
    "activity_counter": ("motion_count", 1),
    "total_voc": ("volatile_compounds", 1),
    "soil_resistance": ("soil_resistance", 1),
    "ambient_pressure": ("air_pressure", 10),
    "ambient_humidity": ("relative_humidity", 1),
    "bat": ("battery_level", 1),
    "e25": ("soil_permittivity", 1),
    "temp": ("soil_temperature", 1),
    "vwc": ("soil_moisture", 100),
    "leak": ("water_detected", 1),
    "valv": ("valve_open", 1),
    "Supply_Voltage": ("battery_voltage", 1),
    "Moisture": ("moisture_detected", 1),
    "Water": ("water_detected", 1),
    "Tilt_Angle": ("tilt", 1),
    "Volt": ("battery_voltage", 1),
    "PM1_0_CF": ("pm1_uncorrected", 1),
    "PM2_5_CF": ("pm2_5_uncorrected", 1),
    "PM10_CF": ("pm10_uncorrected", 1),
    "PM1_0": ("pm1", 1),
    "PM2_5": ("pm2_5", 1),
    "PM25": ("pm2_5", 1),
    "PM0_3UM": ("particles_0_3", 1),
    "PM0_5UM": ("particles_0_5", 1),
    "PM1_0UM": ("particles_1", 1),
    "PM2_5UM": ("particles_2_5", 1),
    "PM5_0UM": ("particles_5", 1),
    "PM10UM": ("particles_10", 1),
    "um0_3": ("particles_0_3", 1),
    "um0_5": ("particles_0_5", 1),
    "um1_0": ("particles_1", 1),
    "um2_5": ("particles_2_5", 1),
    "um5_0": ("particles_5", 1),
    "um10": ("particles_10", 1),
    "O3": ("ozone", 1),
    "CO": ("carbon_monoxide", 1),
    "NO": ("nitrogen_monoxide", 1),
    "NO2": ("nitrogen_dioxide", 1),
    "SO2": ("sulphur_dioxide", 1),
    "H2S": ("hydrogen_sulphide", 1),
    "CO2": ("co2", 1),
    "CO2_0_1": ("co2", 1),
    "NH3": ("ammonia", 1),
    "Noise": ("noise", 1),
    "PH": ("water_ph", 1),
    "Tempera": ("water_temperature", 1),
    "TempPH": ("water_temperature", 1),
    "TempNTU": ("water_temperature", 1),
    "TempLDO": ("water_temperature", 1),
    "ORP": ("redox_potential", 1),
    "NTU": ("turbidity", 1),
    "Soil_VWC": ("soil_moisture", 100),
    "EC5SoildHumi": ("soil_moisture", 100),
    "SoildHumi5TE": ("soil_moisture", 100),
    "Soil_Temp": ("soil_temperature", 1),
    "Soil_Temperature": ("soil_temperature", 1),
    "SoildTemp5TE": ("soil_temperature", 1),
    "WaterLevel": ("water_level", 1),
    "water": ("water_level", 1),
    "Soil_EC": ("soil_conductivity", 1),
    "Soli_EC": ("soil_conductivity", 1),
    "EC5TE": ("soil_conductivity", 1),
    "LDODO": ("dissolved_oxygen", 1),
    "LDO_DO": ("dissolved_oxygen", 1),
    "LDOSat": ("oxygen_saturation", 1),
    "LDO_Sat": ("oxygen_saturation", 1),
    "Temperature": ("air_temperature", 1),
    "Temp": ("air_temperature", 1),
    "Humidity": ("relative_humidity", 1),
    "Humi": ("relative_humidity", 1),
    "WindSpeed": ("wind_speed", 1),
    "WindDirection": ("wind_direction", 1),
    "Atomsphere": ("air_pressure", 10),
    "VOC": ("volatile_compounds", 0.001),
    "VOC_0_1": ("volatile_compounds", 0.001),
    "Nitrogen": ("soil_nitrogen", 1),
    "Phosphorus": ("soil_phosphorus", 1),
    "Potassium": ("soil_potassium", 1),
    "ADCRaw": ("input_voltage", 1000),
}
# The same word means something else on these.
OWN_NAMES: dict[str, dict[str, tuple[str, float]]] = {
    "milesight/em500-smtc": {"temperature": ("soil_temperature", 1)},
    "milesight/em500-smt": {"humidity": ("soil_moisture", 100)},
    "milesight/em500-pt100": {"temperature": ("external_temperature", 1)},
    "cital/lorasoil": {"soil_moisture": ("soil_water_potential", 1)},
    "teneo/soil-moisture-sensor": {
        "battery": ("battery_voltage", 1),
        "temperature": ("soil_temperature", 1),
    },
    "smartrural/grain-probe": {
        "battery": ("battery_voltage", 1),
        "temperatures": ("external_temperature", 1),
    },
}
# Expected values that are no measurement: flags, counters of the device, the frame's own.
NOT_MEASURED = re.compile(
    r"Interrupt_flag|Sensor_flag|Hardware_flag|[is]_flag|Mod|Message_type|ADC_CH0V|Digital_IStatus"
    r"|Door_status|EXTI_Trigger|Work_mode|Bat_status|Ext_sensor|device_id|protocol_version"
    r"|sensor_id|rainfall_counter|salinity_at_level_\d+|port|raw|input2_voltage"
    r"|(?:alpha|beta|(?:upstream_)?tmax)_(?:inner|outer)|(?:max|min)_voltage|diagnostic"
    r"|ambient_light_(?:visible_)?infrared|latitude|longitude|time_stamp"
    r"|charging|sensorType|settingsAllowed|valid|Dry|Error_Msg|Frame_Type|TX_Reason"
    r"|Ext|Systimestamp|debug|[xyz]"
    r"|Device|Cmd|Status|SWver|HWver|Datecode|MinTime|MaxTime|\w+Change|Length|SoilType"
    r"|err|payload|messages"
)
_NO_SENSOR = "NoSensor"  # Netvox: as a value
_LEVEL = re.compile(r"(?:soil_)?(moisture|temperature)_at_(?:depth|level)_(\d+)")


def _of(device: str) -> list[dict[str, Any]]:
    if not VECTORS.is_file():
        return []
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    return [one for one in vectors if one["device"] == device]


def _vectors() -> list[Any]:
    if not VECTORS.is_file():
        return []
    found = []
    for vector in json.loads(VECTORS.read_text(encoding="utf-8")):
        model = _model(vector)
        if model is not None and vector["device"] not in REFUSED:
            name = f"{vector['device']} {vector['description']} {vector['bytes_hex'][:12]}"
            found.append(pytest.param(model, vector, id=name))
    return found


def _model(vector: dict[str, Any]) -> str | None:
    if vector["device"] in DEVICES:
        return DEVICES[vector["device"]]
    try:
        return codecs.find(vector["device"]).key
    except DecodeError:
        return None


def _expected(model: str, values: dict[str, Any]) -> dict[tuple[str, int], float]:
    names = NAMES | OWN_NAMES.get(model, {})
    if "WindSpeed" in values:  # the report of the air: the same word, another temperature
        names["Tempera"] = ("air_temperature", 1)
    found: dict[tuple[str, int], float] = {}
    for message in values.get("messages", []):  # SenseCAP's
        if "battery" in message:
            found["battery_level", 0] = float(message["battery"])
    for theirs, value in values.items():
        if NOT_MEASURED.fullmatch(theirs):
            continue
        stated = value["value"] if isinstance(value, dict) else value
        if stated == _NO_SENSOR:
            continue
        if level := _LEVEL.fullmatch(theirs):
            per_cent = level[1] == "moisture"
            found[f"soil_{level[1]}", int(level[2])] = float(stated) / (100 if per_cent else 1)
            continue
        name, factor = names[theirs]
        quantity, _, below = name.partition("/")
        numbers = stated if isinstance(stated, list) else [stated]
        for level_of, number in enumerate(numbers, int(below or 0)):
            found[quantity, level_of] = float(number) / factor
    # A free input is not a measurement, whatever the maker's decoder says.
    return {key: value for key, value in found.items() if value not in _FREE}


_FREE = (-0.05, -327.68, 327.67)


def _values(decoded: Decoded) -> dict[tuple[str, int], float]:
    return {(one.quantity, one.level): one.value for one in decoded.readings}


@pytest.mark.skipif(not VECTORS.is_file(), reason="no vectors beside the project")
@pytest.mark.parametrize(("model", "vector"), _vectors())
def test_a_maker_s_vector(model: str, vector: dict[str, Any]) -> None:
    payload, port = bytes.fromhex(vector["bytes_hex"]), vector["fPort"]
    if vector["expected"] is None:
        with pytest.raises(DecodeError, match="unknown_port"):
            codecs.decode(model, port, payload)
        return
    values = _values(codecs.decode(model, port, payload))
    if "history" in vector["expected"]:
        assert values == {}  # without the uplink's time; with it: the examples beside this test
        return
    if model == "tektelic/kiwi":
        values.pop(("soil_temperature", 0))  # from the voltage they leave as it is
    expected = _expected(model, vector["expected"])
    assert values == pytest.approx(expected, abs=1e-9)


@pytest.mark.skipif(not VECTORS.is_file(), reason="no vectors beside the project")
def test_every_vector_is_read() -> None:
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    assert [one["device"] for one in vectors if not _model(one)] == []
    refused = sum(len(_of(device)) for device in REFUSED)
    assert (len(_vectors()), refused, len(vectors)) == (142, 4, 146)


@pytest.mark.parametrize(
    ("device", "vector"), [(device, vector) for device in REFUSED for vector in _of(device)]
)
def test_a_vector_against_its_layout_is_refused(device: str, vector: dict[str, Any]) -> None:
    reason = REFUSED[device] if vector["fPort"] == 2 else "unknown_port"
    with pytest.raises(DecodeError, match=reason):
        codecs.decode(_model(vector) or "", vector["fPort"], bytes.fromhex(vector["bytes_hex"]))


@pytest.mark.skipif(not VECTORS.is_file(), reason="no vectors beside the project")
def test_the_gropoint_vector_is_a_copy_of_the_lse01() -> None:
    copies, own = _of("GroPoint Air"), _of("LSE01 (fw<=1.1.3)")
    assert [one["bytes_hex"] for one in copies] == [one["bytes_hex"] for one in own]
